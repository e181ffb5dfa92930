"""A change is the row, its audit line and its outbox row, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firstclass.model.applications import Application, Client
from firstclass.model.credentials import Credential
from firstclass.model.errors import FirstclassError
from firstclass.model.issuers import Issuer
from firstclass.model.subscriptions import REVOKED, Subscription
from firstclass.storage import Store


def credential(application: Application, now: datetime, **more: object) -> Credential:
    made = {
        "id": "key_1",
        "application": application.id,
        "prefix": "fc_live_abcdefgh",
        "digest": "d" * 43,
        "pepper": "pep_1",
        "created_at": now,
        "expires_at": now + timedelta(days=1),
    }
    return Credential(**(made | more))  # type: ignore[arg-type]


def test_a_change_writes_row_audit_line_and_outbox_row(store: Store, desk: Application):
    rows = store.directory_changes(0)
    assert rows is not None
    assert [(row.sequence, row.type, row.id, row.value) for row in rows] == [
        (1, "application", desk.id, {"tenant": "main", "name": "desk", "enabled": True, "clients": []})
    ]
    with store.read() as reader:
        lines = list(reader.audit.lines())
        assert reader.applications.find("desk") == desk == reader.applications.find(desk.id)
    assert [(line.sequence, line.actor, line.action, line.noun, line.id) for line in lines] == [
        (1, "test", "application.create", "application", desk.id)
    ]


def test_an_exception_undoes_all_three(store: Store, desk: Application):
    with pytest.raises(ZeroDivisionError), store.change("test", "fail") as change:
        change.put_credential(credential(desk, change.now))
        _ = 1 / 0
    with store.read() as reader:
        assert reader.credentials.all() == [] and len(list(reader.audit.lines())) == 1
    assert store.latest_sequence() == 1


def test_a_change_of_nothing_leaves_no_trace(store: Store, desk: Application):
    with store.change("test", "look") as change:
        assert change.applications.get("desk") == desk
    assert store.latest_sequence() == 1 and store.verify_audit_chain().lines == 1


def test_a_credential_has_no_digest_in_its_audit_line(store: Store, desk: Application):
    with store.change("test", "key.issue") as change:
        change.put_credential(credential(desk, change.now))
    with store.read() as reader:
        assert "d" * 43 not in str(list(reader.audit.lines()))


def test_a_revoked_subscription_becomes_a_tombstone(store: Store, desk: Application):
    with store.change("test", "subscribe") as change:
        change.put_subscription(Subscription("sub_1", desk.id, "lib", ("a",), (), "approved", change.now))
        change.put_subscription(Subscription("sub_1", desk.id, "lib", ("a",), (), REVOKED, change.now))
    rows = store.directory_changes(1)
    assert rows is not None and [row.value is None for row in rows] == [False, True]
    assert [change["type"] for change in store.directory_snapshot()[1]] == ["application"]


def test_an_issuer_keeps_its_fetched_keys(store: Store):
    issuer = Issuer(
        "partner",
        "https://p.example",
        ("lib",),
        "https://p.example/jwks",
        ("ES256",),
        ("client_id",),
        ("jwt",),
        keys=({"kty": "EC", "kid": "1"},),
    )
    with store.change("test", "issuer.put") as change:
        change.put_issuer(issuer)
        assert change.issuers.get("partner") == issuer
        change.remove_issuer(issuer)
    with store.read() as reader:
        assert reader.issuers.all() == []


def test_bundles_take_their_sequence_from_the_one_counter(store: Store, desk: Application):
    with store.change("test", "apply") as change:
        one = change.put_bundle(api="lib", hash="a" * 64, payload="{}", source_map="{}", title="L", version="1")
        two = change.put_bundle(api="shop", hash="b" * 64, payload="{}", source_map="{}", title="S", version="1")
    assert (one.sequence, two.sequence, change.sequence) == (2, 3, 3)
    with store.change("test", "apply") as change:
        three = change.put_bundle(api="lib", hash="c" * 64, payload="[]", source_map="{}", title="L", version="2")
        gone = change.remove_bundle("shop")
    assert (three.sequence, gone) == (4, 5)
    assert [(head.api, head.sequence, head.hash) for head in store.bundle_heads()] == [
        ("lib", 4, "c" * 64),
        ("shop", 5, None),
    ]
    assert store.current_bundles() == [three]
    with store.read() as reader:
        assert reader.bundles.find("shop") is None
        assert reader.bundles.at("lib", 2) == one == reader.bundles.with_hash("lib", "a" * 64)
        with pytest.raises(FirstclassError) as caught:
            reader.bundles.get("lab")
    assert caught.value.code == "unknown_api" and "'lib'" in caught.value.hint


def test_a_name_or_client_that_is_taken_is_refused(store: Store, desk: Application):
    for code, name, clients in (("name_taken", "desk", ()), ("client_taken", "c", (Client("partner", "acme-7"),))):
        with pytest.raises(FirstclassError) as caught, store.change("test", "application.create") as change:
            taken = (Client("partner", "acme-7"),)
            change.put_application(Application("app_2", "b", "b@example.com", "server", True, change.now, taken))
            change.put_application(Application("app_3", name, "c@example.com", "server", True, change.now, clients))
        assert caught.value.code == code
    with store.read() as reader:
        assert reader.applications.all() == [desk]


def test_another_keyring_is_refused(store: Store):
    with store.change("test", "key.issue") as change:
        change.bind_keyring("ring_1")
        change.bind_keyring("ring_1")
    store.check_keyring("ring_1")
    with pytest.raises(FirstclassError, match="another keyring"):
        store.check_keyring("ring_2")
