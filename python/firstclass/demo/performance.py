"""The performance from curtain to curtain: people, shop, gateway, the two runs of the attacker, report, cleaning up."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from subprocess import Popen
from types import FrameType
from typing import NoReturn

from firstclass.demo.database import Database
from firstclass.demo.gateway import Gateway
from firstclass.demo.people import Canaries, Person, get_person, invent_people
from firstclass.demo.remaining import find_still_possible
from firstclass.demo.report import Access, Honest, Report, compare, name_people
from firstclass.demo.scripts import finish_script, start_script
from firstclass.demo.serving import ShopServer
from firstclass.demo.shop import Shop
from firstclass.demo.verdict import Run, ShopState, Verdict, judge
from firstclass.model.errors import Exit, FirstclassError

CUSTOMERS = 5000
# A 99th percentile of a few hundred calls is the noise of four of them.
HONEST_CALLS = 2000


def perform(*, once: bool, as_json: bool) -> int:
    """Run everything, print the report, and stay up until Ctrl-C unless `once`."""
    with _signals_as_interrupts() as ignore_signals, ExitStack() as cleaning:
        try:
            stage = Stage(cleaning)
            report = stage.play()
            told = json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n" if as_json else None
            sys.stdout.write(told or report.as_text(stays_up=not once))
            sys.stdout.flush()
            if not once:
                stage.stay_up()
        except KeyboardInterrupt:
            _talk("ending")
            return 130
        finally:
            ignore_signals()  # a second Ctrl-C must not leave processes behind
    return Exit.DONE if report.is_clean else Exit.REFUSED


def sign_in_command(url: str, key: str, person: Person) -> list[str]:
    """Lines to paste, in 80 columns: a key fills one."""
    # Inside of quotes a line may end anywhere, and JSON takes it.
    body = json.dumps({"email": person.email, "password": person.password}, separators=(",\n", ": "))
    return [
        f"curl {url}/sign-in -H Content-Type:application/json -H \\",
        f"X-API-Key:{key} \\",
        *f"-d {shlex.quote(body)}".splitlines(),
    ]


class Stage:
    """Shop and gateway, up; what is started here is ended by `cleaning`. `overlay`: see `Gateway`."""

    def __init__(self, cleaning: ExitStack, overlay: str | None = None, customers: int = CUSTOMERS) -> None:
        _talk(f"inventing {customers:,} customers of Papercrane, a card shop, and starting its API")
        self.people = invent_people(customers, Random(os.urandom(32)))
        self.canaries = Canaries(self.people)
        self.ana, self.bob = (get_person(self.people, name) for name in ("Ana", "Bob"))
        self.app_key = f"pc-{secrets.token_hex(16)}"
        self.database = Database(self.people)
        self.shop = ShopServer(Shop(self.database, self.app_key))
        cleaning.callback(self.shop.stop)
        self.shop.start()
        _talk("starting Firstclass before it")
        self.gateway = Gateway(self.shop, overlay)
        cleaning.callback(self.gateway.stop)
        self.gateway.start()
        self.gateway_key = self.gateway.issue_key()
        self.scratch = Path(cleaning.enter_context(tempfile.TemporaryDirectory(prefix="firstclass-demo-received-")))

    def play(self) -> Report:
        """Both runs, and everything that can be said of them."""
        _talk("the attacker against the app alone")
        alone = self._attack("alone", self.shop.url, self.app_key)
        self.database.reset()
        _talk("the same script through Firstclass, beside the honest app")
        with self._start_honest() as honest_app:
            through = self._attack("through", self.gateway.url, self.gateway_key)
            honest = self._measured(honest_app)
        # Judging comes last: it takes a core from the shop, and would be seen in the honest app's figures.
        return self._report(self._judged(alone), self._judged(through), honest)

    def stay_up(self) -> None:
        """Wait for Ctrl-C with everything running."""
        _talk("")
        for line in self.places():
            _talk(line)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            _talk("ending")

    def places(self) -> list[str]:
        """Where everything is while it is up, in 80 columns."""
        return [
            "up until Ctrl-C:",
            f"  through Firstclass  {self.gateway.url}",
            f"  its state           http://127.0.0.1:{self.gateway.status}/readyz",
            f"  the shop alone      {self.shop.url}",
            f"  its app's key       {self.app_key}",
            f"  Ana signs in with   {self.ana.email}",
            f"  and the password    {self.ana.password}",
            "she signs in through Firstclass, with the key that it gave the app:",
            *sign_in_command(self.gateway.url, self.gateway_key, self.ana),
        ]

    def _attack(self, name: str, base_url: str, app_key: str) -> tuple[Run, ShopState]:
        output = self.scratch / name
        output.mkdir()
        task = {
            "base_url": base_url,
            "app_key": app_key,
            "email": self.ana.email,
            "password": self.ana.password,
            "output": str(output),
        }
        with start_script("attacker", task) as process:
            told = finish_script("attacker", process)
        run = Run(told["steps"], {path.name: path.read_bytes() for path in output.iterdir()})
        bob_ordered = self.database.select(f"SELECT id FROM orders WHERE customer_id = {self.bob.id}")
        ana = self.database.customer(f"id = {self.ana.id}") or {}
        return run, ShopState(ordered_for_bob=bool(bob_ordered), ana_is_admin=ana.get("role") == "admin")

    def _judged(self, outcome: tuple[Run, ShopState]) -> tuple[Run, Verdict]:
        run, state = outcome
        return run, judge(run, state, self.ana, self.canaries)

    @contextmanager
    def _start_honest(self) -> Iterator[Popen[str]]:
        cleo = next(person for person in self.people if person.id not in (self.ana.id, self.bob.id))
        task = {
            "email": cleo.email,
            "password": cleo.password,
            "calls": HONEST_CALLS,
            "alone": {"base_url": self.shop.url, "app_key": self.app_key},
            "protected": {"base_url": self.gateway.url, "app_key": self.gateway_key},
        }
        with start_script("honest", task) as process:
            yield process

    def _measured(self, process: Popen[str]) -> Honest:
        told = finish_script("honest", process)
        added = told["protected"]["p99_ms"] - told["alone"]["p99_ms"]
        return Honest(told["protected"]["calls"], told["protected"]["refused"], added)

    def _report(self, alone: tuple[Run, Verdict], through: tuple[Run, Verdict], honest: Honest) -> Report:
        attacks = compare(self.ana, len(self.people), (alone, through))
        leaked = [attack.leaked for attack in attacks if attack.leaked]
        if others := through[1].people - {self.ana.id}:
            leaked.append(f"data of {len(others):,} people other than Ana")
        request_id = str(through[0].steps["walk"]["first_request_id"])
        return Report(
            reads_own=(_ok(alone[1]), _ok(through[1])),
            attacks=attacks,
            people=(name_people(alone[1].people, self.ana), name_people(through[1].people, self.ana)),
            leaked=leaked,
            honest=honest,
            still_possible=find_still_possible(*through, self.gateway.url, self.gateway_key, self.ana, self.bob),
            access=Access(
                self.gateway.url,
                self.gateway_key,
                str(self.gateway.config_path),
                request_id,
                self._explained(request_id),
                _setup(),
            ),
        )

    def _explained(self, request_id: str) -> str:
        try:
            told = self.gateway.explain(request_id)
        except FirstclassError:
            return ""
        place = told.get("location") or {}
        return f"{told.get('reason')}, {Path(str(place.get('file'))).name} line {place.get('line')}"


def _setup() -> str:
    """What makes `firstclass` a command in this shell; empty where it is one already."""
    if shutil.which("firstclass"):
        return ""
    place = Path(sys.executable).parent
    with suppress(ValueError):
        return f'export PATH="$PWD/{place.relative_to(Path.cwd())}:$PATH"'
    return f'export PATH="{place}:$PATH"'


def _ok(verdict: Verdict) -> str:
    return "ok" if verdict.reads_own else "refused"


@contextmanager
def _signals_as_interrupts() -> Iterator[Callable[[], None]]:
    """SIGTERM and a closed terminal clean up as Ctrl-C does; yields what turns all three off."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    def ignore() -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ignore
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _talk(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
