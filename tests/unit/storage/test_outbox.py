"""What the publisher reads: deltas without a gap, or the word that a snapshot is needed."""

from __future__ import annotations

from collections.abc import Callable

from firstclass.model.applications import Application
from firstclass.storage import Store


def test_changes_come_in_order_and_bounded(store: Store, put: Callable[[str], Application]):
    for name in ("a1", "b2", "c3"):
        put(name)
    rows = store.directory_changes(1)
    assert rows is not None and [row.sequence for row in rows] == [2, 3]
    first = store.directory_changes(0, limit=1)
    assert first is not None and [row.sequence for row in first] == [1]
    assert store.directory_changes(3) == []


def test_who_is_behind_what_was_pruned_needs_a_snapshot(store: Store, put: Callable[[str], Application]):
    for name in ("a1", "b2", "c3"):
        put(name)
    assert store.prune_outbox(2) == 2
    assert store.directory_changes(1) is None
    rows = store.directory_changes(2)
    assert rows is not None and [row.sequence for row in rows] == [3]
    assert len(store.directory_snapshot()[1]) == 3


def test_who_is_ahead_of_the_store_needs_a_snapshot(store: Store, desk: Application):
    """A store restored from an older backup: the engine has seen sequences that do not exist any more."""
    assert store.directory_changes(7) is None


def test_rows_of_bundles_are_no_directory_changes(store: Store, desk: Application):
    with store.change("test", "apply") as change:
        change.put_bundle(api="lib", hash="a" * 64, payload="{}", source_map="{}", title="L", version="1")
    rows = store.directory_changes(0)
    assert rows is not None and [row.is_directory for row in rows] == [True, False]
    assert rows[0].as_change() == store.directory_snapshot()[1][0]
