"""An import is one transaction, can be made again, and leaves no key behind."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firstclass.access import applications
from firstclass.access.importing.foreign import Consumer, Foreign, Limit, Route
from firstclass.access.importing.writing import NOBODY, plain_name, write
from firstclass.identity import api_keys
from firstclass.model.errors import FirstclassError, Where
from firstclass.model.plans import parse_limit

AT = Where("export.yaml", 1)
USERS = Route("users", "/v1/users/", "prefix", Where("export.yaml", 5), ("GET",))


def export(*consumers):
    foreign = Foreign("export.yaml", routes=[USERS])
    for name, key, more in consumers:
        keys = (foreign.read_key(key, AT, more.pop("expires_at", None)),)
        foreign.consumers.append(Consumer(name, AT, more.pop("owner", None), keys, **more))
    return foreign


@pytest.fixture
def load(store, keyring):
    def run(foreign, **more):
        options = {"source": "kong", "api": "garage", "lifetime": timedelta(days=90), "owner": None, "actor": "test"}
        return write(store, keyring, foreign, **{**options, **more})

    return run


def state(store):
    with store.read() as reader:
        return (
            sorted(each.name for each in reader.applications.all()),
            len(reader.credentials.all()),
            sorted(each.operations for each in reader.subscriptions.all()),
        )


def kiosk():
    return export(
        ("kiosk", "K1", {"operations": ("getQuote",), "owner": "k@example.com"}), ("desk", "K2", {"routes": (USERS,)})
    )


def test_applications_keys_and_subscriptions_are_written_with_audit_lines(store, load):
    result = load(kiosk(), owner="team@example.com")
    assert (result.applications, result.keys, result.subscriptions) == (2, 2, 2)
    assert state(store) == (["desk", "kiosk"], 2, [("getQuote",), ("getUser", "listCars")])
    with store.read() as reader:
        assert {each.owner for each in reader.applications.all()} == {"k@example.com", "team@example.com"}
        assert {each.credential_class for each in reader.credentials.all()} == {"legacy"}
    assert store.verify_audit_chain().intact


def test_a_second_run_recognises_everything(store, load):
    load(kiosk())
    before, sequence = state(store), store.latest_sequence()
    result = load(kiosk())
    assert (result.applications, result.keys, result.subscriptions) == (0, 0, 0)
    assert (result.recognised_applications, result.recognised_keys) == (2, 2)
    assert state(store) == before and store.latest_sequence() == sequence


def test_what_came_to_the_export_comes_in(store, load):
    load(kiosk())
    result = load(export(("kiosk", "K3", {"operations": ("getQuote", "putUser")})))
    assert (result.applications, result.keys, result.subscriptions) == (0, 1, 1)
    assert ("putUser",) in state(store)[2]


def test_a_revoked_key_stays_revoked(store, load):
    load(kiosk())
    with store.read() as reader:
        ids = [each.id for each in reader.credentials.all()]
    for each in ids:
        api_keys.revoke(store, each, actor="test")
    assert load(kiosk()).recognised_keys == 2
    with store.read() as reader:
        assert all(each.revoked_at for each in reader.credentials.all())


def test_nothing_is_imported_partially(store, load):
    before = state(store)
    wrong = [
        export(("kiosk", "K1", {"operations": ("getQuote",)}), ("desk", "K2", {"operations": ("getQuotes",)})),
        export(("a b", "K1", {}), ("a/b", "K2", {}), ("a;b", "K3", {})),
        export(("kiosk", "K1", {}), ("///", "K2", {})),
    ]
    for foreign in wrong:
        with pytest.raises(FirstclassError) as caught:
            load(foreign)
        assert caught.value.where.line == 1 and state(store) == before, caught.value.message
    with pytest.raises(FirstclassError):
        load(kiosk(), lifetime=timedelta(days=400))
    with pytest.raises(FirstclassError):
        load(kiosk(), api="nothing")
    assert state(store) == before


def test_a_rehearsed_import_leaves_nothing_behind(store, load):
    before, sequence = state(store), store.latest_sequence()
    assert load(kiosk(), dry_run=True).keys == 2
    assert state(store) == before and store.latest_sequence() == sequence


def test_an_own_end_date_is_kept_where_it_is_earlier(store, load):
    soon, past = datetime.now(UTC) + timedelta(days=3), datetime(2020, 1, 1, tzinfo=UTC)
    foreign = export(("kiosk", "K1", {"expires_at": soon}), ("desk", "K2", {"expires_at": past}))
    assert load(foreign).keys == 1
    with store.read() as reader:
        (key,) = reader.credentials.all()
    assert abs(key.expires_at - soon) < timedelta(seconds=1)
    assert "a key that has ended" in [each.what for each in foreign.lost]


def test_a_disabled_application_is_not_opened_again(store, load):
    load(kiosk())
    applications.disable(store, "desk", actor="test")
    with pytest.raises(FirstclassError) as caught:
        load(kiosk())
    assert caught.value.code == "application_disabled"


def test_what_the_contract_does_not_have_is_listed(load):
    foreign = export(("kiosk", "K1", {}))
    foreign.routes.append(Route("old", "/old", "prefix", Where("export.yaml", 9)))
    foreign.headers, foreign.queries = {"X-App-Key", "apikey"}, {"api_key", "token"}
    lost = {each.what: each for each in load(foreign).lost}
    assert lost["route old: any method /old is no operation"].where.line == 9
    assert "keys in the header apikey" in lost and "keys in the header X-App-Key" not in lost
    assert "legacy_query: token" in lost["keys in the query parameter token"].instead
    assert "application kiosk: it may call no operation yet" in lost and "owners of some applications" in lost


def test_keys_that_opened_different_things_are_told(load):
    foreign = export(("kiosk", "K1", {"operations": ("getQuote",)}), ("kiosk", "K2", {"operations": ("putUser",)}))
    result = load(foreign)
    assert (result.applications, result.keys) == (1, 2)
    assert any("different things" in each.what for each in result.lost)


def test_names_become_such_as_a_header_can_carry():
    assert plain_name("Café & Söhne (old)") == "Cafe - Sohne -old"
    assert plain_name("..") is None and plain_name("app_1") is None and plain_name("ключ") is None
    assert len(plain_name("x" * 200)) == 64 and NOBODY.endswith(".invalid")


FAST, SLOW = Limit(100, 60, Where("export.yaml", 7)), Limit(9, 3600, Where("export.yaml", 8), otherwise="service")
EVERYTHING = Route("all", "/v1/", "prefix", Where("export.yaml", 6), limits=(FAST,))


def limited(*routes):
    foreign = export(("kiosk", "K1", {"routes": routes, "owner": "k@example.com"}))
    foreign.limits = [limit for route in routes for limit in route.limits]
    foreign.routes = list(routes)
    return foreign


def plans(store):
    with store.read() as reader:
        return {each.plan: each.operations for each in reader.subscriptions.all()}, {
            each.name: each.limits for each in reader.plans.all()
        }


def test_a_limit_becomes_the_plan_of_the_subscription(store, load):
    result = load(limited(EVERYTHING))
    subscribed, written = plans(store)
    assert subscribed == {"imported-100-per-minute": ("getQuote", "getUser", "putUser", "listCars")}
    assert written == {"imported-100-per-minute": (parse_limit("rate", "100 per minute by application"),)}
    assert [plan.name for plan in result.plans] == ["imported-100-per-minute"]
    assert not [each.what for each in result.lost if "limit" in each.what]
    assert load(limited(EVERYTHING)).plans == [] and plans(store) == (subscribed, written)


def test_operations_with_other_limits_are_subscribed_to_under_other_plans(store, load):
    slow = replace(USERS, limits=(SLOW,))
    result = load(limited(EVERYTHING, slow))
    assert plans(store)[0] == {
        "imported-100-per-minute": ("getQuote", "putUser"),
        "imported-100-per-minute-9-per-hour": ("getUser", "listCars"),
    }
    assert [each.what for each in result.lost if "limit" in each.what] == ["a limit of 9 per hour by service"]


def test_limits_that_hold_for_nobody_or_cannot_be_said_are_listed(load):
    foreign = limited(replace(EVERYTHING, limits=(Limit(300, 300, AT), Limit(5, 365 * 86400, AT))))
    foreign.limits.append(FAST)
    lost = {each.what: each.instead for each in load(foreign).lost if "limit" in each.what}
    assert set(lost) == {
        "a limit of 100 per minute",
        "a limit of 300 per 300 seconds as it was",
        "a limit of 5 per year",
    }
    assert "rate 60 per minute by application now" in lost["a limit of 300 per 300 seconds as it was"]


def test_a_subscription_that_is_there_keeps_its_plan_and_it_is_told(store, load):
    load(limited(replace(EVERYTHING, limits=())))
    result = load(limited(EVERYTHING))
    assert set(plans(store)[0]) == {None} and result.plans == []
    assert "application kiosk: its limits; it is subscribed already" in [each.what for each in result.lost]


def test_a_hint_can_be_typed_and_no_name_moves_a_terminal(load):
    foreign = export(("cash desk", "K1", {}), ("\x1b[2Jold\x07", "K2", {"operations": ("getQuote",)}))
    foreign.lose("consumer \x1b[31mred\n: jwt_secrets", "issue \x9b it a key")
    lost = {each.what: each.instead for each in load(foreign).lost}
    wanted = "firstclass subscriptions create 'cash desk' --api garage --operations …"
    assert lost["application cash desk: it may call no operation yet"] == wanted
    assert all(text.isprintable() for pair in lost.items() for text in pair)


def test_what_another_route_takes_first_is_not_granted(store, load):
    foreign = export(("kiosk", "K1", {"routes": (USERS,)}))
    foreign.routes.append(Route("cars", r"/v1/users/[^/]+/cars", "regex", Where("export.yaml", 9)))
    lost = {each.what: each.where.line for each in load(foreign).lost if each.where}
    (told,) = [what for what in lost if what.startswith("operation …")]
    assert told.endswith("2 of them: getUser, cars (line 9); listCars, cars (line 9)") and lost[told] == 9
    assert state(store)[2] == []


def test_one_key_of_two_consumers_is_taken_for_neither(store, load):
    foreign = export(
        ("kiosk", "K1", {"operations": ("getQuote",)}),
        ("desk", "K1", {"operations": ("putUser",)}),
        ("till", "K2", {"operations": ("getQuote",)}),
    )
    result = load(foreign)
    assert (result.applications, result.keys, result.recognised_keys) == (3, 1, 0)
    lost = {each.what: each for each in result.lost}
    told = lost["a key that several consumers have: …: 2 of them: kiosk (line 1); desk (line 1)"]
    assert [each.names for each in told.places] == [("kiosk",), ("desk",)]
    with store.read() as reader:
        names = {each.id: each.name for each in reader.applications.all()}
        assert [names[each.application] for each in reader.credentials.all()] == ["till"]


def test_a_key_that_another_application_has_stays_with_it(store, load):
    load(kiosk())
    result = load(export(("till", "K1", {"operations": ("putUser",)}), ("shop", "K3", {"operations": ("getQuote",)})))
    assert (result.keys, result.recognised_keys) == (1, 0)
    assert "a key that another application has already: till" in [each.what for each in result.lost]
    with store.read() as reader:
        names = {each.id: each.name for each in reader.applications.all()}
        assert sorted(names[each.application] for each in reader.credentials.all()) == ["desk", "kiosk", "shop"]


def test_one_key_twice_at_one_consumer_is_one_key(load):
    result = load(export(("kiosk", "K1", {"operations": ("getQuote",)}), ("kiosk", "K1", {"operations": ("putUser",)})))
    assert (result.applications, result.keys) == (1, 1)


def test_a_consumer_that_is_called_as_a_key_is_left_out_and_not_named(store, load):
    foreign = export(("K1", "K1", {"operations": ("getQuote",)}), ("K2", "K3", {}), ("desk", "K2", {}))
    foreign.lose("consumer {}: jwt_secrets", "nothing for {}", AT, "K1")
    result = load(foreign)
    assert state(store)[0] == ["desk"]
    told = [text for each in result.lost for text in (each.what, each.instead, *map(str, each.places))]
    assert not any("K1" in text or "K2" in text for text in told)
    assert "a consumer whose name is a key" in [each.what for each in result.lost]


def test_a_key_that_counts_from_its_import_ends_early(store, load):
    foreign = export(("kiosk", "K1", {}))
    foreign.consumers[0] = replace(
        foreign.consumers[0], keys=(replace(foreign.consumers[0].keys[0], lasts=timedelta(seconds=100)),)
    )
    load(foreign)
    with store.read() as reader:
        (key,) = reader.credentials.all()
    assert key.expires_at - key.created_at == timedelta(seconds=100)


def test_a_header_that_said_who_calls_must_leave_the_contract(store, load):
    with store.read() as reader:
        payload = json.loads(reader.bundles.get("garage").payload)
    payload["operations"][0]["parameters"].append({"name": "x-consumer-username", "in": "header", "shape": {}})
    with store.change("test", "apply") as change:
        change.put_bundle(api="garage", hash="x", payload=json.dumps(payload), source_map="{}", title="", version="2")
    foreign = export(("kiosk", "K1", {}))
    foreign.identity_headers = {"X-Consumer-Username"}
    (told,) = [each for each in load(foreign).lost if "x-consumer-username" in each.what]
    assert "take it out" in told.instead


def test_a_pattern_that_cannot_be_read_is_told(load):
    foreign = export(("kiosk", "K1", {}))
    foreign.routes.append(Route("odd", "/v1/(", "regex", Where("export.yaml", 9)))
    assert "route odd: its pattern cannot be read here" in [each.what for each in load(foreign).lost]
