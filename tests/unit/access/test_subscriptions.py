"""Subscriptions are judged against what the API's live bundle has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firstclass.access import applications, subscriptions
from firstclass.model.errors import Exit, FirstclassError
from firstclass.model.subscriptions import REVOKED, Subscription
from firstclass.storage import Store


@pytest.fixture(autouse=True)
def desk(store: Store) -> None:
    applications.create(store, name="desk", owner="desk@example.com", actor="test")


def create(store: Store, **more: Any) -> Subscription:
    wish = {"application": "desk", "api": "library", "operations": ["listMembers"], "actor": "test"}
    return subscriptions.create(store, **(wish | more))


def refusal(store: Store, **how: Any) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught:
        create(store, **how)
    assert caught.value.hint
    return caught.value


def test_a_subscription_reaches_the_directory(store: Store):
    until = datetime(2099, 1, 1, tzinfo=UTC)
    made = create(store, operations=["getMember", "listMembers", "getMember"], unmask=["contact"], until=until)
    assert subscriptions.list_of(store, "desk") == [made] == subscriptions.list_all(store)
    change = next(c for c in store.directory_snapshot()[1] if c["type"] == "subscription")
    assert change == {
        "type": "subscription",
        "id": made.id,
        "value": {
            "tenant": "main",
            "application": made.application,
            "api": "library",
            "operations": ["getMember", "listMembers"],
            "unmask": ["contact"],
            "until": 4070908800000,
        },
    }


def test_a_second_subscription_to_the_same_api_is_allowed(store: Store):
    create(store)
    create(store, operations=["getMember"])
    assert len(subscriptions.list_of(store, "desk")) == 2


@pytest.mark.parametrize(
    ("how", "code", "hint"),
    [
        ({"api": "libary"}, "unknown_api", "'library'"),
        ({"operations": ["listMember"]}, "unknown_operation", "'listMembers'"),
        ({"operations": ["zzz"]}, "unknown_operation", "listMembers, getMember"),
        ({"unmask": ["finance"]}, "unknown_category", "'financial'"),
        ({"application": "dekc"}, "not_found", "'desk'"),
    ],
)
def test_an_unknown_word_is_refused_with_the_one_meant(store: Store, how: dict[str, Any], code: str, hint: str):
    error = refusal(store, **how)
    assert error.code == code and hint in error.hint and error.exit_code == Exit.NOT_FOUND


def test_no_operation_and_no_future_are_refused(store: Store):
    assert refusal(store, operations=[]).code == "no_operations"
    assert refusal(store, until=datetime.now(UTC) - timedelta(seconds=1)).code == "until_in_the_past"


def test_a_disabled_application_is_refused(store: Store):
    applications.disable(store, "desk", actor="test")
    assert refusal(store).code == "application_disabled"


def test_a_removed_api_is_unknown(store: Store):
    with store.change("test", "apply") as change:
        change.remove_bundle("library")
    assert refusal(store).code == "unknown_api"


def test_revoking_twice_is_one_change(store: Store):
    made = create(store)
    before = store.latest_sequence()
    assert subscriptions.revoke(store, made.id, actor="test").state == REVOKED
    subscriptions.revoke(store, made.id, actor="test")
    assert store.latest_sequence() == before + 1
    with pytest.raises(FirstclassError) as caught:
        subscriptions.revoke(store, "sub_none", actor="test")
    assert caught.value.exit_code == Exit.NOT_FOUND
