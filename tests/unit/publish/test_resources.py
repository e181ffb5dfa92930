"""What a configuration names against what the store holds."""

import pytest

from firstclass.base.settings import ApplicationEntry, IssuerSettings, Settings, SubscriptionEntry
from firstclass.model.errors import FirstclassError
from firstclass.publish.resources import compare
from firstclass.storage import Store

KNOWN = {"shop": ({"getCard", "listCards"}, {"contact"})}
ISSUER = IssuerSettings(name="people", issuer="https://i", audience="a", jwks_uri="https://i/keys")
APPLICATION = ApplicationEntry(name="ios", owner="a@example.com")
SUBSCRIPTION = SubscriptionEntry(application="ios", api="shop", operations=("getCard",), unmask=("contact",))
FULL = Settings(issuers=(ISSUER,), applications=(APPLICATION,), subscriptions=(SUBSCRIPTION,))


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def put(store: Store, settings: Settings) -> bool:
    with store.change("test", "apply") as change:
        changes = compare(change, settings, KNOWN)
        changes.write(change)
    return bool(changes)


def test_applying_twice_changes_nothing_the_second_time(store):
    assert put(store, FULL)
    assert not put(store, FULL)


def test_what_the_file_names_no_more_loses_its_access(store):
    put(store, FULL)
    assert put(store, Settings())
    with store.read() as reader:
        assert [a.enabled for a in reader.applications.all()] == [False]
        assert [s.state for s in reader.subscriptions.all()] == ["revoked"]
        assert reader.issuers.all() == []


def test_what_a_person_made_is_left_alone(store):
    from firstclass.access import applications

    applications.create(store, name="web", owner="b@example.com", actor="test")
    put(store, FULL)
    put(store, Settings())
    with store.read() as reader:
        assert {a.name: a.enabled for a in reader.applications.all()} == {"web": True, "ios": False}


def test_fetched_keys_survive_a_change_of_other_settings(store):
    from dataclasses import replace

    put(store, FULL)
    with store.change("test", "keys") as change:
        change.put_issuer(replace(change.issuers.get("people"), keys=({"kid": "k1"},)))
    put(store, Settings(issuers=(ISSUER.model_copy(update={"audience": ("b",)}),)))
    with store.read() as reader:
        assert reader.issuers.get("people").keys == ({"kid": "k1"},)
        assert reader.issuers.get("people").audience == ("b",)


@pytest.mark.parametrize(
    "entry",
    [
        SUBSCRIPTION.model_copy(update={"application": "oss"}),
        SUBSCRIPTION.model_copy(update={"api": "shp"}),
        SUBSCRIPTION.model_copy(update={"operations": ("getCrad",)}),
        SUBSCRIPTION.model_copy(update={"unmask": ("contacts",)}),
        SUBSCRIPTION.model_copy(update={"until": "soon"}),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_a_hint(store, entry):
    with pytest.raises(FirstclassError) as caught:
        put(store, Settings(applications=(APPLICATION,), subscriptions=(entry,)))
    assert caught.value.hint


def test_what_a_person_made_and_the_file_repeats_is_no_change(store):
    put(store, FULL)
    from firstclass.access import applications

    applications.create(store, name="web", owner="b@example.com", actor="test")
    entry = ApplicationEntry(name="web", owner="b@example.com")
    again = FULL.model_copy(update={"applications": (APPLICATION, entry)})
    assert not put(store, again)
