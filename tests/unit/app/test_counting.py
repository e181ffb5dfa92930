"""Counters from the link: nothing twice, nothing lost to a disk that fails for a while."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firstclass.app.counting import Counting
from firstclass.storage import Store
from firstclass.storage.counts import Counts

HELLO = {"kind": "hello", "run": "run_1", "bundles": {"shop": {"sequence": 1, "hash": "c" * 64}}}


def counters(count: int) -> dict[str, Any]:
    row = {"api": "shop", "operation": "getA", "application": None, "decision": "allow", "reason": None, "count": count}
    return {"kind": "counters", "counters": [row]}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = Store.open(tmp_path)
    yield store
    store.close()


def counted(data: Path) -> dict[str, int]:
    counts = Counts.open(data)
    found = counts.calls("shop", "c" * 64, datetime.now(UTC).strftime("%Y-%m-%d"), [])
    counts.close()
    return found


def test_the_newest_sum_is_written_under_the_contract_in_effect(tmp_path: Path, store: Store) -> None:
    counting = Counting(tmp_path, store, lambda line: None)
    for frame in (HELLO, counters(3), counters(5), {"kind": "later"}):
        counting.heard("eng_1", frame)
    assert asyncio.run(counting.flush())
    counting.close()
    assert counted(tmp_path) == {"getA": 5}


def test_a_disk_that_fails_delays_and_loses_nothing(tmp_path: Path, store: Store) -> None:
    said: list[str] = []
    counting = Counting(tmp_path / "counts", store, said.append)
    (tmp_path / "counts").write_text("in the way of a directory")
    counting.heard("eng_1", HELLO)
    counting.heard("eng_1", counters(5))
    assert not asyncio.run(counting.flush())
    assert len(said) == 1 and "counted later" in said[0]
    (tmp_path / "counts").unlink()
    assert asyncio.run(counting.flush()) and len(said) == 2
    counting.close()
    assert counted(tmp_path / "counts") == {"getA": 5}


def test_a_step_back_that_means_nothing_is_ignored(tmp_path: Path, store: Store) -> None:
    said: list[str] = []
    counting = Counting(tmp_path, store, said.append)
    counting.heard("eng_1", {"kind": "stepped_back", "operations": [{"api": "shop", "operation": "getA"}]})
    assert asyncio.run(counting.flush()) and said == []
