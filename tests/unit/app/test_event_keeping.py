"""Events are kept when the disk allows, and counted when not; taking them never waits."""

import asyncio
from pathlib import Path

import pytest

from firstclass.app import event_keeping
from firstclass.app.event_keeping import EventKeeping
from firstclass.storage import Store
from firstclass.storage.events import EventLog


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeping(tmp_path: Path, said: list[str]) -> EventKeeping:
    return EventKeeping(EventLog(tmp_path / "events"), Store.open(tmp_path / "data"), said.append)


def kept(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "events").glob("*.jsonl"))


def test_what_was_taken_is_on_the_disk_after_a_flush(keeping: EventKeeping, tmp_path: Path, said: list[str]):
    keeping.take(b'{"a":1}\n{"a":2}\n', 2, {})
    keeping.take(b'{"a":3}\n', 1, {})
    asyncio.run(keeping.flush())
    assert kept(tmp_path) == b'{"a":1}\n{"a":2}\n{"a":3}\n' and said == []


def test_a_flush_without_events_writes_nothing(keeping: EventKeeping, tmp_path: Path):
    asyncio.run(keeping.flush())
    assert not (tmp_path / "events").exists()


def test_a_disk_that_refuses_is_told_once_and_again_when_it_is_over(
    keeping: EventKeeping, tmp_path: Path, said: list[str]
):
    (tmp_path / "events").write_text("a file where the directory should be")
    for _ in range(3):
        keeping.take(b"{}\n", 1, {})
        asyncio.run(keeping.flush())
    assert len(said) == 1 and said[0].startswith("events cannot be kept")
    (tmp_path / "events").unlink()
    keeping.take(b"{}\n", 1, {})
    asyncio.run(keeping.flush())
    assert said[1:] == ["events are kept again", "3 events were lost meanwhile"]
    assert kept(tmp_path) == b"{}\n"


def test_no_more_wait_than_may_and_the_rest_is_counted(
    keeping: EventKeeping, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(event_keeping, "MOST_WAITING", 3)
    keeping.take(b"1\n2\n3\n", 3, {})
    keeping.take(b"4\n5\n", 2, {})
    asyncio.run(keeping.flush())
    assert kept(tmp_path) == b"1\n2\n3\n"
    assert said == ["2 events were lost meanwhile"]
