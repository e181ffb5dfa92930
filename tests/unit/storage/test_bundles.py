"""Every bundle that was ever live is kept; what is live is the latest word about an API."""

from __future__ import annotations

import pytest

from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Store


def put(store: Store, api: str, payload: str) -> int:
    with store.change("test", "apply") as change:
        change.put_bundle(
            api=api, hash=f"hash of {payload}", payload=payload, source_map="{}", title="Library", version="1"
        )
    assert change.sequence is not None
    return change.sequence


def remove(store: Store, api: str) -> int:
    with store.change("test", "apply") as change:
        return change.remove_bundle(api)


def test_the_live_bundle_is_the_latest_and_earlier_ones_are_kept(store: Store):
    first, second = put(store, "library", "one"), put(store, "library", "two")
    with store.read() as reader:
        assert reader.bundles.get("library").payload == "two"
        kept = [reader.bundles.at("library", sequence) for sequence in (first, second)]
    assert [bundle and bundle.payload for bundle in kept] == ["one", "two"]
    assert first < second


def test_what_an_event_refers_to_is_found_by_its_hash(store: Store):
    put(store, "library", "one")
    put(store, "library", "two")
    with store.read() as reader:
        found = reader.bundles.with_hash("library", "hash of one")
        assert found is not None and found.payload == "one"
        assert reader.bundles.with_hash("library", "hash of three") is None
        assert reader.bundles.with_hash("shop", "hash of one") is None


def test_a_removed_api_has_no_live_bundle_and_its_removal_is_a_head(store: Store):
    first = put(store, "library", "one")
    gone = remove(store, "library")
    with store.read() as reader:
        assert reader.bundles.find("library") is None
        assert reader.bundles.at("library", gone) is None
        assert reader.bundles.at("library", first) is not None
        assert [(head.api, head.sequence, head.hash) for head in reader.bundles.heads()] == [("library", gone, None)]
        assert reader.bundles.current() == []


def test_an_api_that_comes_back_is_live_again(store: Store):
    put(store, "library", "one")
    remove(store, "library")
    put(store, "library", "three")
    with store.read() as reader:
        assert reader.bundles.get("library").payload == "three"


def test_each_api_has_its_own_head(store: Store):
    put(store, "shop", "a")
    put(store, "library", "one")
    put(store, "library", "two")
    with store.read() as reader:
        assert [(head.api, head.hash) for head in reader.bundles.heads()] == [
            ("library", "hash of two"),
            ("shop", "hash of a"),
        ]
        assert [bundle.payload for bundle in reader.bundles.current()] == ["two", "a"]


def test_an_unknown_api_is_refused_with_the_one_that_was_meant(store: Store):
    put(store, "library", "one")
    with store.read() as reader, pytest.raises(FirstclassError) as caught:
        reader.bundles.get("librari")
    assert (caught.value.code, caught.value.exit_code) == ("unknown_api", Exit.NOT_FOUND)
    assert "library" in str(caught.value.hint)


def test_without_any_api_the_hint_says_how_to_get_one(store: Store):
    with store.read() as reader, pytest.raises(FirstclassError) as caught:
        reader.bundles.get("library")
    assert "firstclass apply" in str(caught.value.hint)
