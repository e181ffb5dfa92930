"""The demo as a person runs it: real processes on loopback, judged by what it prints and by what it leaves behind."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from firstclass.demo.connection import Connection
from firstclass.demo.database import Database
from firstclass.demo.gateway import OVERLAY, read_packaged
from firstclass.demo.people import Canaries, get_person, invent_people
from firstclass.demo.performance import Stage
from firstclass.demo.scripts import finish_script, start_script
from firstclass.demo.serving import ShopServer, open_listener
from firstclass.demo.shop import Shop
from firstclass.demo.verdict import ATTACK_STEPS, Run, ShopState, judge

COMMAND = [sys.executable, "-m", "firstclass", "demo"]
REASONS = ["foreign_object", "foreign_object", "masked", "body_invalid", "unknown_operation", "parameter_invalid"]


def processes_in(directory: Path) -> list[str]:
    """Command lines of running processes that name or use the directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(directory) in command or str(directory) in str((entry / "cwd").readlink()):
                found.append(command)
        except OSError:
            continue
    return found


@contextmanager
def own_surroundings() -> Iterator[dict[str, str]]:
    """An environment whose temporary directory is the caller's own, and empty again at the end."""
    directory = Path(tempfile.mkdtemp(prefix="fc-"))  # short, because a Unix socket's path is at most 107 bytes
    try:
        yield {**os.environ, "TMPDIR": str(directory), "CI": ""}  # noqa: TID251 - handed on, not read
        assert list(directory.iterdir()) == []
        assert processes_in(directory) == []
    finally:
        shutil.rmtree(directory)


@dataclass(frozen=True)
class InTerminal:
    """One demo in a terminal: what it showed, what its own commands then said, and how Ctrl-C ended it."""

    page: str
    curl: subprocess.CompletedProcess[str]
    explained: subprocess.CompletedProcess[str]
    code: int
    is_gone: bool


@pytest.fixture(scope="module")
def in_terminal() -> InTerminal:
    """The one run whose page every test here reads; the preferred port is busy, which is no obstacle."""
    with own_surroundings() as surroundings, closing(open_listener(8080)), terminal(surroundings) as (process, leader):
        page = read_until(leader, "and the password", 180)
        url = re.search(r"curl (http://127\.0\.0\.1:\d+)/designs", page)
        assert url is not None, page
        curl = paste(page, "call it", 2)
        explained = paste(
            page.replace("firstclass explain", f"{sys.executable} -m firstclass explain"), "why line 1", 2
        )
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
        with socket.socket() as probe:
            is_gone = probe.connect_ex(("127.0.0.1", int(url[1].rpartition(":")[2]))) != 0
        return InTerminal(page, curl, explained, code, is_gone)


def paste(page: str, label: str, lines: int) -> subprocess.CompletedProcess[str]:
    """What a shell makes of the lines of the page that stand at a label."""
    shown = page[page.index(f"  {label}") :].split("\n")[:lines]
    command = "\n".join([shown[0].removeprefix(f"  {label}"), *shown[1:]])
    return subprocess.run(["sh", "-c", command], capture_output=True, check=False, text=True, timeout=30)


@contextmanager
def terminal(surroundings: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The demo in a terminal of 80 columns; the descriptor shows what it says."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(COMMAND, env=surroundings, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    try:
        yield process, leader
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(leader)


def test_the_attacker_is_dangerous_where_nothing_stands_before_the_api(tmp_path: Path) -> None:
    people = invent_people(300, Random(os.urandom(8)))
    ana = get_person(people, "Ana")
    server = ShopServer(Shop(Database(people), "the-key"))
    server.start()
    try:
        task = {
            "base_url": server.url,
            "app_key": "the-key",
            "email": ana.email,
            "password": ana.password,
            "output": str(tmp_path),
        }
        with start_script("attacker", task) as process:
            told = finish_script("attacker", process)
    finally:
        server.stop()
    run = Run(told["steps"], {path.name: path.read_bytes() for path in tmp_path.iterdir()})
    verdict = judge(run, ShopState(False, False), ana, Canaries(people))
    everybody = frozenset(range(1, 301))
    assert verdict.people == everybody
    assert {step: verdict.people_by_step[step] for step in ("walk", "debug", "inject")} == dict.fromkeys(
        ("walk", "debug", "inject"), everybody
    )
    assert verdict.exposed == verdict.about_ana > 5
    assert set(ATTACK_STEPS) <= set(told["steps"])


def test_through_firstclass_nothing_but_ana_leaves() -> None:
    """Without a terminal it ends by itself, `--once` or not."""
    with own_surroundings() as surroundings:
        done = subprocess.run(
            [*COMMAND, "--json"], env=surroundings, capture_output=True, check=False, text=True, timeout=180
        )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["leaked"] == []
    assert [attack["verdict"] for attack in document["attacks"]] == REASONS
    assert [attack["protected"] for attack in document["attacks"]] == ["0", "no", "0", "no", "no", "0"]
    assert [attack["unprotected"] for attack in document["attacks"]] == [
        "5,000 people",
        "ordered",
        "in every answer",
        "admin",
        "whole database",
        "5,000 people",
    ]
    assert document["people_whose_data_left"] == {"unprotected": "5,000", "protected": "1: Ana herself"}
    assert any(item.startswith("replay of Ana's sniffed requests") for item in document["still_possible"])
    assert document["honest"]["refused"] == 0
    assert re.fullmatch(r"foreign_object, shop\.(overlay|openapi)\.yaml line \d+", document["explained"]["because"])


def test_a_hole_in_the_overlay_is_a_leak_in_the_report() -> None:
    """The verdict is worth something only if it can fail: the owner of orders and the mask of cards are taken out."""
    actions = read_packaged(OVERLAY).split("  - target: ")
    schemas = "$.components.schemas"
    holes = (f"{schemas}.NewOrder.properties.customerId", f"{schemas}.Customer.properties.paymentCard")
    kept = [action for action in actions if not action.startswith(holes)]
    assert len(actions) - len(kept) == 2
    with ExitStack() as cleaning:
        report = Stage(cleaning, "  - target: ".join(kept), customers=300).play()
    assert not report.is_clean
    assert [attack.verdict for attack in report.attacks] == [
        "foreign_object", "got through", "got through", "body_invalid", "unknown_operation", "parameter_invalid",
    ]  # fmt: skip
    assert any("order" in leak for leak in report.leaked)


def test_every_line_in_a_terminal_fits_eighty_columns(in_terminal: InTerminal) -> None:
    lines = in_terminal.page.splitlines()
    assert [line for line in lines if len(line) > 80 and "export PATH" not in line] == []
    assert "  people whose data left                5,000            1: Ana herself" in lines
    assert "Traceback" not in in_terminal.page and "\x1b" not in in_terminal.page


def test_what_the_page_says_to_type_can_be_pasted(in_terminal: InTerminal) -> None:
    assert '"title"' in in_terminal.curl.stdout and "reason" not in in_terminal.curl.stdout, in_terminal.curl
    assert "deny: foreign_object" in in_terminal.explained.stdout, in_terminal.explained


def test_ctrl_c_ends_it_in_order(in_terminal: InTerminal) -> None:
    assert in_terminal.code == 0 and in_terminal.is_gone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_in_the_middle_it_leaves_nothing_behind(number: signal.Signals) -> None:
    with own_surroundings() as surroundings, terminal(surroundings) as (process, leader):
        assert "the attacker" in read_until(leader, "the attacker against the app alone", 60)
        process.send_signal(number)
        assert process.wait(30) == 130


def read_until(terminal: int, words: str, seconds: float) -> str:
    """What a terminal showed, up to some words."""
    shown, deadline = "", time.monotonic() + seconds
    while words not in shown and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # the other side is gone
                break
    return shown


class Scripted:
    """A server that answers one connection after another with the bytes it is given."""

    def __init__(self, *answers: list[bytes]) -> None:
        self._listener = open_listener(20_000)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers: tuple[list[bytes], ...]) -> None:
        for pieces in answers:
            connection, _ = self._listener.accept()
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.01)

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


def test_a_chunked_answer_is_read_whole_wherever_it_is_cut() -> None:
    text = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\ncard\r\n6\r\n 41111\r\n0\r\nX-After: 1\r\n\r\n"
    )
    with closing(Scripted([text[i : i + 7] for i in range(0, len(text), 7)])) as server:
        with closing(Connection(server.url)) as connection:
            assert connection.call("GET", "/", {}).body == b"card 41111"


def test_a_connection_that_was_closed_while_idle_is_dialled_again() -> None:
    empty = [b"HTTP/1.1 204 No Content\r\n\r\n"]
    with closing(Scripted(empty, empty)) as server, closing(Connection(server.url)) as connection:
        assert connection.call("GET", "/", {}).status == 204
        time.sleep(0.05)
        assert connection.call("GET", "/", {}).status == 204


def test_a_refusal_tells_its_reason_and_its_request() -> None:
    body = b'{"reason":"foreign_object"}'
    head = f"HTTP/1.1 404 Not Found\r\nX-Request-Id: req_1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with closing(Scripted([head + body])) as server, closing(Connection(server.url)) as connection:
        answer = connection.call("GET", "/", {})
        assert (answer.reason, answer.header("x-request-id")) == ("foreign_object", "req_1")
