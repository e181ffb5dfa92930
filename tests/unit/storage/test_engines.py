"""What engines confirmed, and waiting for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from firstclass.model.applications import Application
from firstclass.storage import Store


def test_waiting_ends_when_every_engine_has_confirmed(store: Store, desk: Application):
    store.confirm_engine("eng_a", 1, {})
    store.confirm_engine("eng_b", 0, {"lib": {"sequence": 1, "hash": "a" * 64}})
    assert store.wait_until_confirmed(1, timeout_seconds=0) == ["eng_b"]
    store.confirm_engine("eng_b", 1, {})
    assert store.wait_until_confirmed(1, timeout_seconds=0) == []
    assert [(engine.id, engine.directory_sequence) for engine in store.engines()] == [("eng_a", 1), ("eng_b", 1)]


def test_an_engine_silent_for_a_day_serves_no_keys_and_is_not_waited_for(store: Store, desk: Application, clock: Any):
    store.confirm_engine("eng_old", 0, {})
    clock.move(timedelta(hours=25))
    assert store.wait_until_confirmed(1, timeout_seconds=0) == []


def test_without_an_engine_there_is_nothing_to_wait_for(store: Store, desk: Application):
    assert store.wait_until_confirmed(1, timeout_seconds=0) == []


def test_the_latest_time_seen_never_goes_back(store: Store, clock: Any):
    seen = clock()
    store.confirm_engine("eng_a", 0, {})
    clock.move(timedelta(days=-400))
    with store.read() as reader:
        assert reader.now == seen and reader.wall_clock == clock()
    store.confirm_engine("eng_a", 0, {})
    with store.read() as reader:
        assert reader.now == seen
