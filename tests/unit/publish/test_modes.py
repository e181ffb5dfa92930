"""Modes in effect: who wins, and what a change leaves in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firstclass.base.modes import OBSERVE, RULE_CLASSES, WHOLE
from firstclass.model.errors import FirstclassError
from firstclass.publish.modes import forget_overruled, get_modes, set_shares, step_back
from firstclass.storage import Store
from firstclass.storage.change import Change

Shop = Callable[..., Store]


def bundle_of(
    mode: Any = "observe", *, strict: bool = True, names: tuple[str, ...] = ("getA", "putA")
) -> dict[str, Any]:
    """As much of a bundle as modes are about."""
    operations = [{"id": name, "method": name[:3].upper(), "path": 0, "mode": mode, "strict": strict} for name in names]
    return {"api": {"base_path": "/v1"}, "paths": [{"template": "/a/{id}"}], "operations": operations}


def put(change: Change, document: dict[str, Any], hash_: str = "c1") -> None:
    change.put_bundle(api="shop", hash=hash_, payload=json.dumps(document), source_map="{}", title="", version="1")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Make the store, with an API whose bundle declares this mode."""
    opened: list[Store] = []

    def make(mode: Any = "observe", **more: Any) -> Store:
        store = Store.open(tmp_path)
        opened.append(store)
        with store.change("test", "apply") as change:
            put(change, bundle_of(mode, **more))
        return store

    yield make
    for store in opened:
        store.close()


def shares(store: Store, operation: str = "getA") -> list[int]:
    with store.read() as reader:
        return list(get_modes(reader, "shop").get(operation).shares().values())


def held(store: Store) -> dict[str, dict[str, int]]:
    with store.read() as reader:
        return {name: {c: m.share for c, m in each.items()} for name, each in reader.modes.of("shop").items()}


def test_the_store_wins_over_the_contract(shop: Shop) -> None:
    store = shop("observe")
    assert shares(store) == [OBSERVE] * 4
    moved = set_shares(store, "shop", {"getA": ["bodies", "parameters"]}, WHOLE, actor="test")
    assert moved == {"getA": ["parameters", "bodies"]}
    assert shares(store) == [WHOLE, OBSERVE, WHOLE, OBSERVE]
    assert set_shares(store, "shop", {"getA": ["bodies"]}, WHOLE, actor="test") == {}, "it is so already"


def test_enforce_never_lowers_and_observe_never_raises(shop: Shop) -> None:
    store = shop("enforce")
    assert set_shares(store, "shop", {"getA": RULE_CLASSES}, 100, actor="test") == {}
    assert set_shares(store, "shop", {"getA": RULE_CLASSES}, OBSERVE, actor="test", lowers=True)
    assert set_shares(store, "shop", {"getA": ["bodies"]}, 100, actor="test") == {"getA": ["bodies"]}
    assert shares(store) == [OBSERVE, OBSERVE, 100, OBSERVE]


def test_back_at_what_the_contract_says_nothing_is_left_in_the_store(shop: Shop) -> None:
    store = shop("enforce")
    set_shares(store, "shop", {"getA": RULE_CLASSES}, OBSERVE, actor="test", lowers=True)
    set_shares(store, "shop", {"getA": RULE_CLASSES}, WHOLE, actor="test")
    assert held(store) == {}


def test_a_step_back_is_said_once_and_waits_for_a_person(shop: Shop) -> None:
    store = shop("enforce")
    assert step_back(store, "shop", "getA", actor="engine:eng_1")
    assert not step_back(store, "shop", "getA", actor="engine:eng_1")
    assert not step_back(store, "shop", "gone", actor="engine:eng_1")
    assert not step_back(store, "elsewhere", "getA", actor="engine:eng_1")
    assert shares(store) == [WHOLE, WHOLE, WHOLE, OBSERVE]
    with store.read() as reader:
        assert get_modes(reader, "shop").get("getA").has_stepped_back
    set_shares(store, "shop", {"getA": RULE_CLASSES}, WHOLE, actor="test")
    assert shares(store) == [WHOLE] * 4


def test_a_contract_that_says_something_new_wins_over_the_store(shop: Shop) -> None:
    store = shop("observe")
    set_shares(store, "shop", {"getA": RULE_CLASSES, "putA": ["bodies"]}, WHOLE, actor="test")
    for document, expected in (
        (bundle_of("observe"), {"getA": dict.fromkeys(RULE_CLASSES, WHOLE), "putA": {"bodies": WHOLE}}),
        (
            bundle_of({**dict.fromkeys(RULE_CLASSES, "observe"), "bodies": 100}),
            {"getA": {"parameters": WHOLE, "media_types": WHOLE, "conformance": WHOLE}},
        ),
        (bundle_of("enforce", names=("putA",)), {}),
    ):
        with store.change("test", "apply") as change:
            forget_overruled(change, "shop", document)
            put(change, document, "c2")
        assert held(store) == expected


def test_an_operation_that_nobody_knows_is_refused(shop: Shop) -> None:
    store = shop()
    with pytest.raises(FirstclassError, match="getB"):
        set_shares(store, "shop", {"getB": RULE_CLASSES}, WHOLE, actor="test")
    with pytest.raises(FirstclassError, match="shopp"):
        set_shares(store, "shopp", {"getA": RULE_CLASSES}, WHOLE, actor="test")
