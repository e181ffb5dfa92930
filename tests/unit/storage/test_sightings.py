"""What engines saw: added up, bounded, and gone from the list once it is registered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firstclass.model.applications import Application, Client
from firstclass.storage import Store, sightings
from firstclass.storage.sightings import SessionCalls, UnregisteredClient

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def seen(client_id: str, calls: int = 1, minutes: int = 0) -> UnregisteredClient:
    at = NOON + timedelta(minutes=minutes)
    return UnregisteredClient("people", client_id, calls, at, at)


def listed(store: Store) -> list[tuple[str, int]]:
    with store.read() as reader:
        return [(client.client_id, client.calls) for client in reader.sightings.unregistered()]


def test_calls_are_added_up_and_the_latest_comes_first(store: Store):
    store.record_unregistered([seen("a", 2), seen("b", 1, 1)])
    store.record_unregistered([seen("a", 3, 2)])
    assert listed(store) == [("a", 5), ("b", 1)]
    with store.read() as reader:
        first = reader.sightings.unregistered()[0]
    assert (first.first_seen_at, first.last_seen_at) == (NOON, NOON + timedelta(minutes=2))


def test_what_was_registered_meanwhile_is_left_out(store: Store):
    store.record_unregistered([seen("a"), seen("b")])
    with store.change("test", "applications") as change:
        made = Application("app_1", "a", "a@example.com", "server", True, NOON)
        change.put_application(replace(made, clients=(Client("people", "a"),)))
    assert listed(store) == [("b", 1)]


def test_the_one_not_seen_for_longest_goes(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sightings, "MOST_CLIENTS", 2)
    store.record_unregistered([seen("a", 1, 5), seen("b", 1, 1), seen("c", 1, 9)])
    assert listed(store) == [("c", 1), ("a", 1)]


def test_engines_count_for_themselves_and_are_added_up(store: Store):
    with store.read() as reader:
        assert reader.sightings.session_calls("shop") is None
    store.record_session_calls("eng_1", [SessionCalls("shop", 3, 1), SessionCalls("other", 9, 9)])
    store.record_session_calls("eng_1", [SessionCalls("shop", 5, 1)])
    store.record_session_calls("eng_2", [SessionCalls("shop", 1, 1)])
    with store.read() as reader:
        calls = reader.sightings.session_calls("shop")
    assert calls == SessionCalls("shop", 6, 2) and calls.share == 0.25
