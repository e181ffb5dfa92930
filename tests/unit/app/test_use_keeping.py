"""Uses of keys are noted when the store allows, and nothing is lost when it does not."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from firstclass.app.use_keeping import UseKeeping
from firstclass.storage import Store

HEARD = {"kind": "used", "used": {"key_a": 1_795_516_200_000, "tok_b": 1}, "in_query": {"key_a": 2}}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, busy_timeout_seconds=0.05)


def test_what_was_heard_is_asked_of_the_store_once(store: Store, said: list[str], monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[list[str], dict[str, int]]] = []
    record = store.record_uses

    def watched(uses, in_query):
        asked.append((sorted(uses), dict(in_query)))
        record(uses, in_query)

    monkeypatch.setattr(store, "record_uses", watched)
    keeping = UseKeeping(store, said.append)
    keeping.heard(HEARD)
    keeping.heard(HEARD)
    assert asyncio.run(keeping.flush()) and asyncio.run(keeping.flush())
    assert asked == [(["key_a"], {"key_a": 4})] and said == []


def test_a_locked_store_is_told_once_and_loses_nothing(store: Store, said: list[str], tmp_path: Path):
    keeping = UseKeeping(store, said.append)
    lock = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        keeping.heard(HEARD)
        assert not asyncio.run(keeping.flush())
    assert len(said) == 1 and said[0].startswith("the last use of keys cannot be noted")
    lock.execute("ROLLBACK")
    lock.close()
    assert asyncio.run(keeping.flush())
    assert said[1:] == ["the last use of keys is noted again"]
