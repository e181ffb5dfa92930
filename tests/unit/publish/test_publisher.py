"""The store as frames: complete, in sequence, signed over the exact text."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firstclass.access import applications
from firstclass.identity.keyring import Keyring
from firstclass.publish.publisher import Publisher
from firstclass.storage import Store


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def keyring(tmp_path):
    return Keyring.open(tmp_path)


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def put_bundle(store: Store, payload: str = "{}", hash_: str = "h1") -> int:
    with store.change("test", "apply") as change:
        bundle = change.put_bundle(api="shop", hash=hash_, payload=payload, source_map="{}", title="Shop", version="1")
    return bundle.sequence


def verify(keyring: Keyring, frame: dict, text: str) -> None:
    key = Ed25519PublicKey.from_public_bytes(unpadded(keyring.verify_keys[frame["signature"]["key"]]))
    key.verify(unpadded(frame["signature"]["value"]), text.encode())


def test_a_bundle_is_sent_once_and_signed_with_its_sequence(store, keyring):
    sequence = put_bundle(store, '{"ü": 1}')
    frames = Publisher(store, keyring).bundle_frames({})
    assert [(f["kind"], f["api"], f["sequence"], f["payload"]) for f in frames] == [
        ("bundle", "shop", sequence, '{"ü": 1}')
    ]
    verify(keyring, frames[0], f'firstclass bundle\nshop\n{sequence}\n{{"ü": 1}}')
    assert Publisher(store, keyring).bundle_frames({"shop": sequence}) == []


def test_a_removed_api_is_told_to_who_holds_it_and_to_nobody_else(store, keyring):
    put_bundle(store)
    assert Publisher(store, keyring).apis() == ["shop"]
    with store.change("test", "apply") as change:
        change.remove_bundle("shop")
    assert Publisher(store, keyring).apis() == []
    assert [f["kind"] for f in Publisher(store, keyring).bundle_frames({"shop": 1})] == ["bundle_removed"]
    assert Publisher(store, keyring).bundle_frames({}) == []


def test_an_engine_that_holds_nothing_gets_a_snapshot(store, keyring):
    applications.create(store, name="ios", owner="a@example.com", actor="test")
    frame = Publisher(store, keyring).directory_frame(0)
    assert frame is not None
    payload = json.loads(frame["payload"])
    assert payload["snapshot"] and payload["to"] == store.latest_sequence() == frame["sequence"]
    assert [c["value"]["name"] for c in payload["changes"]] == ["ios"]
    verify(keyring, frame, f"firstclass directory\n{frame['payload']}")


def test_an_engine_that_follows_gets_what_it_lacks(store, keyring):
    applications.create(store, name="ios", owner="a@example.com", actor="test")
    held = store.latest_sequence()
    put_bundle(store)
    applications.create(store, name="web", owner="a@example.com", actor="test")
    frame = Publisher(store, keyring).directory_frame(held)
    assert frame is not None
    payload = json.loads(frame["payload"])
    assert (payload["snapshot"], payload["from"], payload["to"]) == (False, held, held + 2)
    assert [c["value"]["name"] for c in payload["changes"]] == ["web"]
    assert Publisher(store, keyring).directory_frame(frame["sequence"]) is None


def test_an_engine_from_a_later_life_of_the_store_gets_a_snapshot(store, keyring):
    applications.create(store, name="ios", owner="a@example.com", actor="test")
    frame = Publisher(store, keyring).directory_frame(10_000)
    assert frame is not None and json.loads(frame["payload"])["snapshot"]
