"""Modes in the store: set, forgotten, audited, and in the directory's form."""

from firstclass.storage import Store


def test_modes_are_set_by_class_and_go_to_the_directory(store: Store) -> None:
    with store.change("test", "mode.enforce") as change:
        change.put_modes("shop", {"getA": {"parameters": 10_000, "bodies": 100}, "getB": {"bodies": 0}})
    sequence, changes = store.directory_snapshot()
    operations = {"getA": {"parameters": "enforce", "bodies": 100}, "getB": {"bodies": "observe"}}
    assert changes == [{"type": "mode", "id": "shop", "value": {"tenant": "main", "operations": operations}}]
    delta = store.directory_changes(sequence - 1)
    assert delta is not None and [row.as_change() for row in delta] == changes
    assert store.verify_audit_chain().intact


def test_what_is_forgotten_is_a_tombstone(store: Store) -> None:
    with store.change("test", "mode.enforce") as change:
        change.put_modes("shop", {"getA": {"bodies": 0}})
    with store.change("test", "mode.enforce") as change:
        change.put_modes("shop", {"getA": {"bodies": None}})
    with store.read() as reader:
        assert reader.modes.of("shop") == {} and reader.modes.apis() == []
    rows = store.directory_changes(1)
    assert rows is not None and rows[0].value is None


def test_who_said_so_is_kept(store: Store) -> None:
    with store.change("engine:eng_1", "mode.step_back") as change:
        change.put_modes("shop", {"getA": {"conformance": 0}}, "stepped_back")
    with store.read() as reader:
        found = reader.modes.of("shop")["getA"]["conformance"]
        assert (found.share, found.why, found.changed_at) == (0, "stepped_back", reader.now)


def test_an_api_that_is_removed_takes_its_modes_with_it(store: Store) -> None:
    with store.change("test", "apply") as change:
        change.put_bundle(api="shop", hash="h", payload="{}", source_map="{}", title="", version="1")
        change.put_modes("shop", {"getA": {"bodies": 0}})
    with store.change("test", "apply") as change:
        removed = change.remove_bundle("shop")
    with store.read() as reader:
        assert reader.modes.apis() == []
        assert next(head.sequence for head in reader.bundles.heads()) == removed
