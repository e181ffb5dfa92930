"""One application taken behind the gateway as a team would: `init` on the running upstream, a day in observe with what
`init` wrote, the team's overlay and a second day, `enforce --ready`, and runs with other seeds: refusals count."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import firstclass_proxy as ours
from bench.applications.application import BOTH_CORES, Application, Running, fetch
from bench.contracts import first_api
from bench.processes import Failed, free_port

API = "api"
OBSERVED_SEEDS, ENFORCED_SEEDS = (1,), (2, 3)
_SAMPLE = re.compile(r"^firstclass_requests_total\{(.*)\} (\d+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_DRIVER_SECONDS = 1800.0
# So many calls on the observed day are enough for an operation: it lasts minutes here.
READY_CALLS = 1
_SETTLE_SECONDS = 2.0
# Until the counts of a day's last calls are written.
_COUNTED_SECONDS = 10.0
# The API's own failure, whose body we replace: it was none of its successes.
_OWN_FAILURE = "upstream_error"
# What a server says to a good call of an operation that its edition does not serve; 0: it hangs up.
_NOT_SERVED = (0, 402, 404, 501)


@dataclass
class Driven:
    """What a driver did in one phase: outcomes by step, and where its results hold values."""

    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    places: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)
    unserved: dict[str, int] = field(default_factory=dict)

    def add(self, said: dict[str, Any]) -> None:
        for label, (done, failed) in said["steps"].items():
            self.done[label] += done
            self.failed[label] += failed
        for label, places in said["shapes"].items():
            self.places.update(f"{label} {place}" for place in places)
        self.problems = said["problems"] | self.problems
        self.unserved |= said.get("unserved", {})


@dataclass
class Counted:
    """Calls of one phase as the gateway counts them; `refused` by operation and reason."""

    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __sub__(self, earlier: Counted) -> Counted:
        return Counted(self.calls - earlier.calls, self.refused - earlier.refused)


@dataclass
class Phase:
    """A driver through the gateway, beside the same driver on the application itself."""

    direct: Driven
    through: Driven
    counted: Counted

    def as_json(self) -> dict[str, Any]:
        broken = self._broken()
        return {
            "calls": self.counted.calls.total(),
            "operations": sum(1 for name in self.counted.calls if name),
            "refused": dict(self.counted.refused.most_common()),
            "steps": self.through.done.total() + self.through.failed.total(),
            "broken_steps": broken,
            "never_done": sorted(step for step, done in self.direct.done.items() if not done),
            "lost_places": sorted(self.direct.places - self.through.places),
            "problems": {step: why[:300] for step, why in self.through.problems.items() if step in broken},
        }

    def _broken(self) -> dict[str, int]:
        """Steps that failed oftener than the share in which they fail on the application itself, and how often."""
        found = {}
        for step, failed in self.through.failed.items():
            own, times = self.direct.failed[step], self.direct.done[step] + self.direct.failed[step]
            expected = own / times * (failed + self.through.done[step]) if times else 0
            if failed > expected:
                found[step] = math.ceil(failed - expected)
        return found


def adopt(application: Application, scratch: Path, rounds: int | None = None) -> dict[str, Any]:
    """The whole run of one application.

    Raises:
        Failed: something did not start, or a command of ours did not exit with 0.
    """
    home = application.installed()
    scratch.mkdir(mode=0o755)
    port = free_port()
    running = Running(port, application.start(home, scratch, port))
    try:
        return _Adoption(application, running, scratch, rounds).run()
    finally:
        running.stop()


class _Adoption:
    """The steps, in order, and what they share."""

    def __init__(self, application: Application, running: Running, scratch: Path, rounds: int | None) -> None:
        self.application, self.running = application, running
        self.rounds = rounds or application.rounds
        self.enforced_rounds = rounds or application.enforced_rounds or application.rounds
        self.place = scratch / "firstclass"
        self.traffic, self.status = free_port(), free_port()
        self.key = ""
        self.direct: dict[tuple[int, ...], Driven] = {}
        self.observed = Counted()
        self.unserved: dict[str, int] = {}
        self.operations: set[str] = set()
        self.init_actions = 0

    def run(self) -> dict[str, Any]:
        is_sound = self._begin()
        about = self.application
        found: dict[str, Any] = {"name": about.name, "package": about.package, "first_day": None}
        found |= {"written_with": about.written_with, "driven_by": about.driven_by, "notes": list(about.notes)}
        if is_sound:
            found |= {"contract": self._compile()}
            with self._gateway():
                found["first_day"] = self._phase(OBSERVED_SEEDS, "first").as_json()
        found |= {"init_actions": self.init_actions, "overlay_actions": self._add_overlay()}
        found |= {"contract": self._compile()}
        with self._gateway():
            day = self._phase(OBSERVED_SEEDS, "observed")
            self.observed = day.counted
            found["observed"] = day.as_json()
            found["enforce"] = self._enforce()
            found["enforced"] = self._phase(ENFORCED_SEEDS, "enforced", self.enforced_rounds).as_json()
        print(f"bench: {needed(found)}", file=sys.stderr, flush=True)
        return found

    def _begin(self) -> bool:
        """`init` on the running application, with ports of our own; whether what it wrote can be enforced."""
        self.place.mkdir()
        contract = self.place / self.application.contract_name
        contract.write_bytes(self.application.contract(self.application.home, self.running.origin))
        upstream = f"{self.running.origin}{self.application.base_path}"
        ours.run(self.place, "init", contract.name, "--upstream", upstream, "--name", API)
        settings = self.place / "firstclass.yaml"
        ports = f"traffic: 127.0.0.1:{self.traffic}, control: 127.0.0.1:{free_port()}, status: 127.0.0.1:{self.status}"
        text = re.sub(r"^listen: .*$", f"listen: {{{ports}}}", settings.read_text(), flags=re.MULTILINE)
        if self.application.base_path and "base_path:" not in text:
            text += f"    base_path: {self.application.base_path}\n"
        settings.write_text(text)
        self.init_actions = sum(count_actions(self.place / name) for name in first_api(settings).overlays)
        return (
            subprocess.run([str(ours.COMMAND), "check"], cwd=self.place, capture_output=True, check=False).returncode
            == 0
        )

    def _add_overlay(self) -> int:
        """The team's overlay behind that of `init`; how many actions it has."""
        overlay = self.application.overlay
        if overlay is None:
            return 0
        shutil.copyfile(overlay, self.place / overlay.name)
        settings = self.place / "firstclass.yaml"
        settings.write_text(re.sub(r"(overlays: \[[^\]]*)\]", rf"\1, {overlay.name}]", settings.read_text()))
        return count_actions(overlay)

    def _compile(self) -> dict[str, Any]:
        from firstclass import _native
        from firstclass.compiler import encode
        from firstclass.publish.contracts import compile_entry

        entry = first_api(self.place / "firstclass.yaml")
        began = time.process_time()
        document = compile_entry(entry, self.place).compiled.document
        seconds = time.process_time() - began
        if document is None:
            raise Failed(f"{self.application.name}: its contract does not compile")
        payload = encode(document)
        began = time.process_time()
        _native.check_bundle(payload.decode())
        load_seconds = time.process_time() - began
        self.operations = {str(each["id"]) for each in document["operations"]}
        # What the application itself checks passes on: only keys of ours need a subscription.
        keys = {index for index, scheme in enumerate(document["schemes"]) if scheme["kind"] == "key"}
        ways = {str(each["id"]): each["access"].get("any_of", []) for each in document["operations"]}
        closed = [name for name, found in ways.items() if any(each["scheme"] in keys for way in found for each in way)]
        if closed and not self.key:
            self.key = self._subscribe(closed)
        return {
            "megabytes": (self.place / self.application.contract_name).stat().st_size / 1e6,
            "operations": len(document["operations"]),
            "with_credential": len(closed),
            "compile_seconds": seconds,
            "bundle_mb": len(payload) / 1e6,
            "load_seconds": load_seconds,
        }

    def _subscribe(self, operations: list[str]) -> str:
        """One application for the client, because the contract itself asks for a key."""
        ours.run(self.place, "apply")
        made = ours.run(self.place, "applications", "create", "client", "--owner", "team@example.org")["id"]
        ours.run(self.place, "subscriptions", "create", made, "--api", API, "--operations", ",".join(operations))
        return str(ours.run(self.place, "keys", "issue", made, "--expires", "1d")["key"])

    @contextmanager
    def _gateway(self) -> Iterator[None]:
        gateway = ours.start_prepared(self.place, self.traffic, self.status, cores=BOTH_CORES, seconds=300.0)
        try:
            yield
        finally:
            gateway.process.stop()

    def _enforce(self) -> dict[str, Any]:
        """What had enough calls and no would-be refusal is enforced from now on; what is not, and why."""
        called = [name for name in self.observed.calls if name]
        time.sleep(_COUNTED_SECONDS)
        said = ours.run(self.place, "enforce", API, "--ready", "--calls", str(READY_CALLS))
        time.sleep(_SETTLE_SECONDS)
        held = {item["operation"]: item for item in said["held_back"]}
        rules = {name: _observed_rules(held[name]) for name in called if name in held}
        whole = [name for name in called if not rules.get(name)]
        return {
            "whole": len(whole),
            "whole_served": sum(1 for name in whole if not self._is_absent(name)),
            "called": len(called),
            "absent": {name: status for name, status in self.unserved.items() if self._is_absent(name)},
            "probed": self.unserved,
            "not_called": sorted(self.operations - set(called)),
            "partly": {name: observed for name, observed in rules.items() if observed},
            "held_back": [_why(held[name]) for name in called if name in held],
        }

    def _is_absent(self, operation: str) -> bool:
        return self.unserved.get(operation) in _NOT_SERVED

    def _phase(self, seeds: tuple[int, ...], tag: str, rounds: int | None = None) -> Phase:
        if seeds not in self.direct:
            # The application's own failures are known from as many rounds as an observed day has.
            self.direct[seeds] = self._drive(self.running.origin, seeds[:1], "direct", "", self.rounds)
            self.unserved |= self.direct[seeds].unserved
            if unknown := set(self.unserved) - self.operations:
                raise Failed(f"{self.application.name}: its contract has no {', '.join(sorted(unknown))}")
        before = counted(self.status)
        origin = f"http://127.0.0.1:{self.traffic}"
        through = self._drive(origin, seeds, tag, self.key, rounds or self.rounds)
        return Phase(self.direct[seeds], through, counted(self.status) - before)

    def _drive(self, origin: str, seeds: tuple[int, ...], tag: str, key: str, rounds: int) -> Driven:
        """The driver once for each seed.

        Raises:
            Failed: the driver did not come to its end, or the application to its own.
        """
        driven = Driven()
        command = self.application.driver(self.application.home)
        for seed in seeds:
            print(f"bench: {self.application.name}: {tag}, seed {seed}", file=sys.stderr, flush=True)
            arguments = [origin, self.running.origin, key, str(seed), f"{tag}{seed}", str(rounds)]
            done = subprocess.run(
                [*command, *arguments], capture_output=True, text=True, check=False, timeout=_DRIVER_SECONDS
            )
            lines = done.stdout.strip().splitlines()
            if done.returncode or not lines:
                raise Failed(f"{self.application.name}, driver: exit {done.returncode}: {done.stderr[-1500:]}")
            for process in self.running.processes:
                if not process.running:
                    raise Failed(f"{self.application.name} ended by itself: {process.tail()}")
            driven.add(json.loads(lines[-1]))
        return driven


def count_actions(overlay: Path) -> int:
    """How many actions an overlay has."""
    from firstclass._native import load_yaml

    _, _, _, members = load_yaml(overlay.read_text())
    actions = next(node for key, _, _, node in members if key == "actions")
    return len(actions[3] or ())


def needed(row: dict[str, Any]) -> str:
    """How many actions an application's team wrote before the figures of the enforced runs came out as they did."""
    written = f" beyond the {row['init_actions']} that init wrote" if "init_actions" in row else ""
    refused, calls = sum(row["enforced"]["refused"].values()), row["enforced"]["calls"]
    return (
        f"{row['name']}: {row['overlay_actions']} overlay actions{written}, then {refused} of {calls:,} calls refused"
    )


def _observed_rules(held: dict[str, Any]) -> list[str]:
    """The classes of rules of an operation that are only observed still."""
    return [name for name, mode in held["classes"].items() if mode != "enforce"]


def _why(held: dict[str, Any]) -> str:
    places = [f"{place['in']} {place.get('pointer') or place.get('name') or ''}" for place in held["places"][:3]]
    told = f": {', '.join(places)}" if places else ""
    return f"{held['operation']} ({', '.join(_observed_rules(held))}; {held['why']} of {held['of']} calls{told})"


def counted(status: int) -> Counted:
    """The gateway's counters, which drop nothing."""
    found = Counted()
    for labels, count in _SAMPLE.findall(fetch(f"http://127.0.0.1:{status}/metrics").decode()):
        label = dict(_LABEL.findall(labels))
        found.calls[label["operation"]] += int(count)
        if label["decision"] != "allow" and label["reason"] != _OWN_FAILURE:
            found.refused[f"{label['operation'] or '(none)'}: {label['reason']}"] += int(count)
    return found
