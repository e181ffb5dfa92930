"""Killed at random points while changes are being acknowledged: nothing acknowledged is lost, nothing is half done."""

from __future__ import annotations

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

from firstclass.storage import Store

# 200 in every run, 1000 in `make soak`.
KILL_POINTS = int(os.environ.get("FIRSTCLASS_KILL_POINTS", "200"))  # noqa: TID251 - a test's size, no setting of the product
# How often the writers of one store are killed before a new one begins, so that creation is killed often too.
LIVES_OF_A_STORE = (1, 1, 1, 40)
LONGEST_LIFE_SECONDS = 0.12
# A slow machine gives its writers longer lives, so that most have something to lose: as long as this many changes take.
CHANGES_OF_A_LIFE = 10
PROGRAM = Path(__file__).with_name("store_writer.py")


class Writers:
    """A process that forks writers to be killed."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.child = 0

    def start(self, data: Path, acknowledgements: Path, seed: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{data} {acknowledgements} {seed}\n")
        self.process.stdin.flush()
        self.child = int(self._line())

    def kill(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        assert self._line() == "ended"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.communicate(timeout=10)


@pytest.fixture
def writers() -> Iterator[tuple[Writers, Writers]]:
    both = (Writers(), Writers())
    yield both
    for one in both:
        one.close()


def acknowledged(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def longest_life(tmp_path: Path, writer: Writers) -> float:
    """Seconds, within which a writer of a new store here gets something done."""
    file = tmp_path / "acknowledged-first"
    began = time.monotonic()
    writer.start(tmp_path / "data-first", file, 0)
    while not file.exists() or file.read_bytes().count(b"\n") < CHANGES_OF_A_LIFE:
        assert time.monotonic() - began < 20, "nothing is written"
        time.sleep(0.005)
    took = time.monotonic() - began
    writer.kill()
    return max(LONGEST_LIFE_SECONDS, min(took, 1.0))


def check_nothing_is_lost(store: Store, told: list[dict[str, Any]]) -> None:
    with store.read() as reader:
        credentials = {found.id: found for found in reader.credentials.all()}
        subscriptions = {found.id: found for found in reader.subscriptions.all()}
        names = {found.name for found in reader.applications.all()}
        latest = reader.latest_sequence()
    for line in told:
        assert line.get("sequence", 0) <= latest, line
        match line["op"]:
            case "application":
                assert line["id"] in names, line
            case "issue":
                assert credentials[line["id"]].digest == line["digest"], line
            case "rotate":
                assert credentials[line["id"]].digest == line["digest"], line
                old = credentials[line["old"]]
                assert (old.expires_at - old.created_at).days == 0, line
            case "revoke":
                assert credentials[line["id"]].revoked_at is not None, line
            case "subscribe":
                assert list(subscriptions[line["id"]].operations) == line["operations"], line
            case "unsubscribe":
                assert subscriptions[line["id"]].state == "revoked", line


def check_nothing_is_half_done(store: Store) -> None:
    sequence, snapshot = store.directory_snapshot()
    rows = store.directory_changes(0)
    assert rows is not None and [row.sequence for row in rows] == list(range(1, sequence + 1))
    verdict = store.verify_audit_chain()
    assert verdict.intact and verdict.lines == sequence
    held: dict[tuple[str, str], Any] = {}
    for row in rows:
        if row.is_directory:
            held.pop((row.type, row.id), None)
            if row.value is not None:
                held[row.type, row.id] = row.value
    assert held == {(change["type"], change["id"]): change["value"] for change in snapshot}


def test_what_was_acknowledged_survives_kill_9_at_any_point(tmp_path: Path, writers: tuple[Writers, Writers]):
    chance = random.Random(seed := random.randrange(2**32))
    print("seed", seed)
    points = acknowledgements = 0
    longest = longest_life(tmp_path, writers[0])
    while points < KILL_POINTS:
        data, told = tmp_path / f"data-{points}", []
        for _ in range(chance.choice(LIVES_OF_A_STORE)):
            working = writers if chance.random() < 0.3 else writers[:1]
            files = [tmp_path / f"acknowledged-{points}-{number}" for number in range(len(working))]
            for writer, file in zip(working, files, strict=True):
                writer.start(data, file, chance.randrange(2**32))
            for writer in working:
                time.sleep(chance.uniform(0, longest))
                writer.kill()
            told += [line for file in files for line in acknowledged(file)]
            points += len(working)
            store = Store.open(data)
            check_nothing_is_lost(store, told)
            check_nothing_is_half_done(store)
            store.close()
        acknowledgements += len(told)
    print(points, "kill points,", acknowledgements, "acknowledged changes, none lost")
    assert acknowledgements > KILL_POINTS, "the writers were killed before they wrote anything to speak of"
