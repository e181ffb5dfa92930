"""API keys: issued once, rotated with an overlap, revoked for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from firstclass.identity import api_keys
from firstclass.identity.key_text import digest
from firstclass.identity.keyring import Keyring
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Store

DAY = timedelta(days=1)


def states(store: Store) -> list[str]:
    return [listed.state for listed in api_keys.list_keys(store, "desk")]


def refused(code: str) -> Any:
    return pytest.raises(FirstclassError, check=lambda error: error.code == code and bool(error.hint))


def test_an_issued_key_is_stored_as_its_digest_alone(store: Store, keyring: Keyring, data: Path):
    issued = api_keys.issue(store, keyring, "desk", DAY, actor="test")
    pepper = keyring.pepper()
    assert issued.credential.digest == digest(pepper.value, issued.key) and issued.credential.pepper == pepper.id
    assert issued.credential.expires_at - issued.credential.created_at == DAY
    assert [listed.credential for listed in api_keys.list_keys(store, "app_desk")] == [issued.credential]
    secret = issued.key.reveal_text()[17:].encode()
    for path in (path for path in data.rglob("*") if path.is_file()):
        assert secret not in path.read_bytes(), path
    assert issued.key.reveal_text() not in repr(issued)


def test_a_key_expires_by_itself(store: Store, keyring: Keyring, clock: Any):
    api_keys.issue(store, keyring, "desk", DAY, actor="test")
    clock.move(DAY - timedelta(milliseconds=1))
    assert states(store) == ["active"]
    clock.move(timedelta(milliseconds=1))
    assert states(store) == ["expired"]


def test_a_clock_set_back_revives_no_key(store: Store, keyring: Keyring, clock: Any):
    """Whatever the store has seen of the time (here: another key's issue) counts for ever."""
    api_keys.issue(store, keyring, "desk", DAY, actor="test")
    clock.move(2 * DAY)
    api_keys.issue(store, keyring, "kiosk", DAY, actor="test")
    clock.move(-2 * DAY)
    assert states(store) == ["expired"]
    with refused("key_expired"):
        api_keys.rotate(store, keyring, api_keys.list_keys(store, "desk")[0].credential.id, DAY, actor="test")
    with refused("clock_set_back"):
        api_keys.issue(store, keyring, "desk", timedelta(hours=1), actor="test")


def test_a_revoked_key_stays_revoked(store: Store, keyring: Keyring):
    issued = api_keys.issue(store, keyring, "desk", DAY, actor="test")
    done = api_keys.revoke(store, issued.credential.id, actor="test")
    assert states(store) == ["revoked"] and done.sequence == issued.sequence + 1
    again = api_keys.revoke(store, issued.credential.prefix, actor="test")
    assert again == done
    with refused("key_revoked"):
        api_keys.rotate(store, keyring, issued.credential.id, DAY, actor="test")


def test_rotation_keeps_the_old_key_for_the_overlap(store: Store, keyring: Keyring, clock: Any):
    old = api_keys.issue(store, keyring, "desk", 30 * DAY, actor="test")
    clock.move(DAY)
    new = api_keys.rotate(store, keyring, old.credential.id, timedelta(hours=1), actor="test")
    assert new.credential.expires_at == clock() + 30 * DAY and new.key != old.key
    with store.read() as reader:
        shortened = reader.credentials.get(old.credential.id)
    assert shortened == replace(old.credential, expires_at=clock() + timedelta(hours=1))
    clock.move(timedelta(hours=1))
    assert states(store) == ["expired", "active"]


def test_rotation_never_lengthens_the_old_keys_life(store: Store, keyring: Keyring):
    old = api_keys.issue(store, keyring, "desk", timedelta(hours=1), actor="test")
    api_keys.rotate(store, keyring, old.credential.id, 1000 * DAY, actor="test")
    with store.read() as reader:
        assert reader.credentials.get(old.credential.id).expires_at == old.credential.expires_at


@pytest.mark.parametrize("lifetime", [timedelta(days=367), timedelta(0), -DAY])
def test_a_lifetime_beyond_a_year_is_refused(store: Store, keyring: Keyring, lifetime: timedelta):
    with refused("lifetime_too_long"):
        api_keys.issue(store, keyring, "desk", lifetime, actor="test")


def test_an_application_has_ten_live_keys_at_most(store: Store, keyring: Keyring, clock: Any):
    issued = [api_keys.issue(store, keyring, "desk", DAY, actor="test") for _ in range(10)]
    with refused("too_many_keys"):
        api_keys.issue(store, keyring, "desk", DAY, actor="test")
    with refused("too_many_keys"):
        api_keys.rotate(store, keyring, issued[0].credential.id, DAY, actor="test")
    assert states(store) == ["active"] * 10
    api_keys.revoke(store, issued[0].credential.id, actor="test")
    api_keys.issue(store, keyring, "desk", DAY, actor="test")
    clock.move(DAY)
    api_keys.issue(store, keyring, "desk", DAY, actor="test")


def test_a_disabled_application_gets_no_key(store: Store, keyring: Keyring):
    with store.change("test", "application.disable") as change:
        change.put_application(replace(change.applications.get("desk"), enabled=False))
    with refused("application_disabled"):
        api_keys.issue(store, keyring, "desk", DAY, actor="test")


def test_unknown_names_are_not_found(store: Store, keyring: Keyring):
    with pytest.raises(FirstclassError) as caught:
        api_keys.issue(store, keyring, "dekc", DAY, actor="test")
    assert caught.value.exit_code == Exit.NOT_FOUND and "'desk'" in caught.value.hint


def test_a_whole_key_pasted_for_an_id_is_not_repeated(store: Store, keyring: Keyring):
    issued = api_keys.issue(store, keyring, "desk", DAY, actor="test")
    with pytest.raises(FirstclassError) as caught:
        api_keys.revoke(store, issued.key.reveal_text(), actor="test")
    assert issued.key.reveal_text()[17:] not in caught.value.message


def test_keys_of_another_keyring_cannot_be_issued(store: Store, keyring: Keyring, tmp_path: Path):
    api_keys.issue(store, keyring, "desk", DAY, actor="test")
    with refused("keyring_mismatch"):
        api_keys.issue(store, Keyring.open(tmp_path / "other"), "desk", DAY, actor="test")


def test_when_a_key_was_last_used_only_moves_forward(store: Store, keyring: Keyring, clock: Any):
    id_ = api_keys.issue(store, keyring, "desk", DAY, actor="test").credential.id
    store.record_uses({id_: clock()})
    store.record_uses({id_: clock() - DAY, "key_unknown": clock()})
    assert api_keys.list_keys(store, "desk")[0].credential.last_used_at == clock()
    api_keys.revoke(store, id_, actor="test")
    assert api_keys.list_keys(store, "desk")[0].credential.last_used_at == clock()
