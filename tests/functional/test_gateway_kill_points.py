"""A running gateway, and commands that change keys and subscriptions, killed at random points: what a command
acknowledged holds for the next caller. `test_store_kill_points` kills many more writers, over the store alone."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from operated import Operated, wait_until

# So many in every run, 200 in `make soak`.
KILL_POINTS = int(os.environ.get("FIRSTCLASS_GATEWAY_KILL_POINTS", "12"))  # noqa: TID251 - a test's size, no setting
PROGRAM = Path(__file__).with_name("command_writer.py")
# Who dies at a point; writers, who die last at the latest, are not named. A supervisor takes its whole group along.
VICTIMS = (("control",), ("engine",), ("control", "engine"), ("group",), ("group",), ())
LONGEST_LIFE_SECONDS = 1.5
PATHS = {"getNote": "/v1/notes/7", "listNotes": "/v1/notes", "getOpen": "/v1/open"}


class Commands:
    """A process that forks writers; each is a session of its own, to be killed with its command."""

    def __init__(self, site: Operated, number: int) -> None:
        self.site, self.number = site, number
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=site.surroundings(),
        )
        self.child = 0
        self.answers = Path()

    def start(self, point: int, seed: int) -> None:
        assert self.process.stdin is not None
        self.answers = self.site.directory / f"answers-{point}-{self.number}"
        self.answers.mkdir()
        name = f"app-{point}-{self.number}"
        line = f"{self.site.directory} {self.site.data} {self.answers} {name} {seed}\n"
        self.process.stdin.write(line)
        self.process.stdin.flush()
        self.child = int(self._line())

    def kill(self) -> None:
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child, signal.SIGKILL)
            ended, self.child = self._line(), 0
            assert ended == f"ended {-signal.SIGKILL}", "a command was refused; see its output"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def told(self) -> Iterator[tuple[list[str], dict[str, Any] | None]]:
        """Each command that began, in order, and what it acknowledged; None: it was killed before."""
        for begun in sorted(self.answers.glob("*.begun"), key=lambda path: int(path.stem)):
            try:
                arguments = json.loads(begun.read_text())
            except ValueError:
                continue  # killed before the command was even made
            answer = begun.with_suffix(".json")
            try:
                yield arguments, json.loads(answer.read_text())
            except (OSError, ValueError):
                yield arguments, None


class Acknowledged:
    """What has to hold, by all that was acknowledged; what a command that was killed may have done is left open."""

    def __init__(self) -> None:
        self.changes = 0
        self.keys: dict[str, str] = {}
        self.application_of: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.granted: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.ended: set[str] = set()
        # Keys and subscriptions that may have ended, applications (by id) that may have got one.
        self.open: set[str] = set()
        self.ids: dict[str, str] = {}

    def hear(self, arguments: list[str], told: dict[str, Any] | None) -> None:
        what, name = " ".join(arguments[:2]), arguments[2]
        if told is None:
            if what not in ("keys issue", "keys rotate", "applications create"):
                self.open.add(self.ids.get(name, name))
            return
        self.changes += 1
        match what:
            case "applications create":
                self.ids[name] = told["id"]
            case "keys issue" | "keys rotate":
                self.keys[told["id"]] = told["key"]
                self.application_of[told["id"]] = told["application"]
            case "keys revoke":
                self.revoked.add(name)
            case "subscriptions create":
                self.granted[told["id"]] = (told["application"], tuple(told["operations"]))
            case "subscriptions revoke":
                self.ended.add(name)

    def expected(self, key: str, operation: str) -> tuple[int, ...]:
        """The statuses that a call may have."""
        if key in self.revoked:
            return (401,)
        allowed = (401,) if key in self.open else ()
        grants = [
            id_
            for id_, (application, operations) in self.granted.items()
            if application == self.application_of[key] and operation in operations and id_ not in self.ended
        ]
        if any(id_ not in self.open for id_ in grants):
            return (200, *allowed)
        is_open = grants or self.application_of[key] in self.open
        return (200, 403, *allowed) if is_open else (403, *allowed)


@pytest.fixture
def commands(site: Operated) -> Iterator[tuple[Commands, Commands]]:
    both = (Commands(site, 0), Commands(site, 1))
    yield both
    for one in both:
        one.kill()
        one.process.communicate(timeout=10)


def kill(site: Operated, victims: tuple[str, ...]) -> None:
    """-9, at this moment."""
    if "group" in victims:
        site.kill()
        return
    group = site.group()
    for role in victims:
        with contextlib.suppress(KeyError, ProcessLookupError):
            os.kill(group[role], signal.SIGKILL)


def until_caught_up(site: Operated) -> None:
    """The gateway runs, and its engine has all that the store has."""
    if site.process is None:
        site.start()
    with site.store() as store:
        latest = store.latest_sequence()
        verdict = store.verify_audit_chain()
        assert verdict.intact and verdict.lines == latest

    def state() -> bool:
        with contextlib.suppress(OSError):
            answer = site.status("/readyz")
            return answer.status == 200 and json.loads(answer.body)["directory_sequence"] >= latest
        return False

    wait_until("the engine has it all", state)


def check(site: Operated, held: Acknowledged) -> int:
    """Call with every key; how many calls it took."""
    for key, text in held.keys.items():
        for operation, path in PATHS.items():
            answer = site.call("GET", path, text)
            wanted = held.expected(key, operation)
            assert answer.status in wanted, (key, operation, answer, wanted)
            if answer.status == 401:
                assert answer.reason == "credential_revoked", answer
    return len(held.keys) * len(PATHS)


@pytest.mark.timeout(60 + 20 * KILL_POINTS)
def test_what_a_command_acknowledged_holds_at_the_gateway_after_kill_9_of_anybody(
    site: Operated, commands: tuple[Commands, Commands]
) -> None:
    chance = random.Random(seed := random.randrange(2**32))
    print("seed", seed)
    site.origin.answers["/v1/notes"] = (200, b'[{"id": 7}]')
    site.edit_contract("      security: []\n", "")
    calls = changes = 0
    try:
        site.start()
        for point in range(KILL_POINTS):
            for each in commands:
                each.start(point, chance.randrange(2**32))
            time.sleep(chance.uniform(0.1, LONGEST_LIFE_SECONDS))
            kill(site, chance.choice(VICTIMS))
            for each in commands:  # they go on for a while where the gateway does not
                time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS / 3))
                each.kill()
            until_caught_up(site)
            held = Acknowledged()
            for each in commands:
                for arguments, told in each.told():
                    held.hear(arguments, told)
            calls += check(site, held)
            changes += held.changes
    finally:
        del site.origin.answers["/v1/notes"]
    print(KILL_POINTS, "gateway kill points,", changes, "acknowledged changes, none lost in", calls, "calls")
    assert changes > 3 * KILL_POINTS, "hardly anything was acknowledged"
    assert site.stop() == 0
