"""What another process made live is said once."""

from __future__ import annotations

from pathlib import Path

from firstclass.app.applied_elsewhere import AppliedElsewhere
from firstclass.storage import Store


def put(store: Store, api: str, digest: str) -> None:
    with store.change("test", "apply") as change:
        change.put_bundle(api=api, hash=digest * 64, payload="{}", source_map="{}", title="A", version="1")


def test_a_contract_of_another_process_is_said_once_and_ones_own_never(tmp_path: Path) -> None:
    store, said = Store.open(tmp_path), []
    put(store, "books", "1")
    other = AppliedElsewhere(tmp_path, store, said.append)
    other.turn({"books": "1" * 64})
    put(store, "books", "2")
    other.turn({"books": "1" * 64})
    other.turn({"books": "1" * 64})
    assert said == ["applied by another process: books"]
    put(store, "books", "3")
    other.turn({"books": "3" * 64})
    assert len(said) == 1
    with store.change("test", "apply") as change:
        change.remove_bundle("books")
    other.turn({"books": "3" * 64})
    assert said[1:] == ["applied by another process: books (removed)"]
    store.close()
