"""Subscriptions of a configuration against those of the store."""

import pytest

from firstclass.base.settings import ApplicationEntry, Settings, SubscriptionEntry
from firstclass.model.errors import FirstclassError
from firstclass.publish.resources import compare
from firstclass.storage import Store

KNOWN = {"shop": ({"getCard", "listCards"}, {"contact"})}
IOS = ApplicationEntry(name="ios", owner="a@example.com")


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def put(store, *entries):
    settings = Settings(applications=(IOS,), subscriptions=entries)
    with store.change("test", "apply") as change:
        compare(change, settings, KNOWN).write(change)
    with store.read() as reader:
        return {s.id: s.state for s in reader.subscriptions.all()}


def entry(**members):
    return SubscriptionEntry(**{"application": "ios", "api": "shop", "operations": ("getCard",), **members})


def test_a_changed_entry_replaces_the_subscription(store):
    (first,) = put(store, entry())
    assert put(store, entry()) == {first: "approved"}
    assert sorted(put(store, entry(until="2099-01-01")).values()) == ["approved", "revoked"]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"application": "ioss"}, "/subscriptions/0/application"),
        ({"api": "shp"}, "/subscriptions/0/api"),
        ({"operations": ("getCard", "getCrd")}, "/subscriptions/0/operations/1"),
        ({"unmask": ("contct",)}, "/subscriptions/0/unmask/0"),
    ],
)
def test_what_is_not_there_is_named_with_its_place(store, members, pointer):
    with pytest.raises(FirstclassError) as wrong:
        put(store, entry(**members))
    assert wrong.value.where.pointer == pointer and "did you mean" in wrong.value.hint
