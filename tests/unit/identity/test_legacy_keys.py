"""Keys of another gateway: stored as one digest, whether their text or only its SHA-256 is known."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from firstclass.base.randomness import random_bytes
from firstclass.base.secret import base64url
from firstclass.identity import api_keys, legacy_keys
from firstclass.model.errors import FirstclassError

SHA = hashlib.sha256(b"OLD-KEY").digest()


@pytest.fixture
def old(store, keyring):
    with store.change("test", "import.csv") as change:
        change.bind_keyring(keyring.id)
        ends = legacy_keys.expiry(change, timedelta(days=30))
        made = legacy_keys.make(change, keyring, "app_desk", SHA, ends, random_bytes)
        change.put_credential(made)
    return made


def test_the_digest_is_the_one_that_the_engine_makes(keyring):
    pepper = keyring.pepper().value
    expected = hmac.new(pepper.reveal(), b"legacy key\n" + SHA, "sha256").digest()
    assert legacy_keys.digest(pepper, SHA) == base64url(expected)
    assert legacy_keys.digest(pepper, SHA) != base64url(hmac.new(pepper.reveal(), SHA, "sha256").digest())


def test_the_directory_says_its_class_and_nothing_of_it_shows(store, old):
    assert old.directory_value()["class"] == "legacy" and old.prefix.startswith("legacy_")
    with store.read() as reader:
        (found,) = reader.credentials.of("app_desk")
        assert found == old
        assert reader.credentials.find_digests(["x", old.digest]) == {old.digest: old}


def test_a_key_of_ours_says_no_class(store, keyring):
    issued = api_keys.issue(store, keyring, "desk", timedelta(days=1), actor="test")
    assert "class" not in issued.credential.directory_value()


def test_it_lives_at_most_a_year(store):
    with store.change("test", "import.csv") as change, pytest.raises(FirstclassError) as caught:
        legacy_keys.expiry(change, timedelta(days=400))
    assert caught.value.code == "lifetime_too_long"


def test_its_successor_is_a_key_of_ours_and_it_ends(store, keyring, old, clock):
    issued = api_keys.rotate(store, keyring, old.id, timedelta(days=7), actor="test")
    assert issued.key.reveal_text().startswith("fc_live_") and issued.credential.credential_class == "standard"
    with store.read() as reader:
        assert reader.credentials.get(old.id).expires_at == clock() + timedelta(days=7)


def test_old_keys_leave_room_for_new_ones(store, keyring):
    with store.change("test", "import.csv") as change:
        change.bind_keyring(keyring.id)
        ends = legacy_keys.expiry(change, timedelta(days=30))
        for number in range(12):
            sha = hashlib.sha256(str(number).encode()).digest()
            change.put_credential(legacy_keys.make(change, keyring, "app_desk", sha, ends, random_bytes))
    assert api_keys.issue(store, keyring, "desk", timedelta(days=1), actor="test").key


def test_uses_in_a_query_are_counted_and_survive_a_change(store, keyring, old):
    store.record_uses({}, {old.id: 3})
    store.record_uses({}, {old.id: 2, "key_unknown": 1})
    api_keys.revoke(store, old.id, actor="test")
    with store.read() as reader:
        assert reader.credentials.get(old.id).query_uses == 5
