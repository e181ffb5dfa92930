"""Tyk's definitions, sessions and policies in one JSON file."""

import hashlib
import json
import re
from datetime import UTC, datetime

import pytest

from firstclass.access.importing.foreign import Foreign
from firstclass.access.importing.tyk import read
from firstclass.model.errors import FirstclassError

HASH = hashlib.sha256(b"HASHED").hexdigest()
APIS = [
    {
        "name": "Garage",
        "api_id": "g1",
        "auth": {"auth_header_name": "X-App-Key", "use_param": True, "param_name": "token"},
        "proxy": {"listen_path": "/v1/", "target_url": "http://garage"},
    },
    {"name": "Signed", "api_id": "g3", "enable_jwt": True, "proxy": {"listen_path": "/v1/users/"}},
    {"x-tyk-api-gateway": {"info": {"id": "g2", "name": "New"}, "server": {"listenPath": {"value": "/new/"}}}},
]
SESSION = {"rate": 10, "per": 1, "quota_max": -1, "expires": 1956528000}


def whole(api, **more):
    return {**SESSION, "access_rights": {api: {"api_id": api, "allowed_urls": None}}, **more}


def parsed(written, keys, policies=None):
    path = written("tyk.json", {"apis": APIS, "keys": keys, "policies": policies or {}})
    return read(path, Foreign("tyk.json"))


def test_sessions_by_key_become_applications(written):
    foreign = parsed(written, {"KEY-1": whole("g1", alias="ana@example.com"), "KEY-2": whole("g2", expires=-1)})
    first, second = foreign.consumers
    assert (first.name, first.owner) == ("ana@example.com",) * 2 and second.name == "tyk-key-2"
    assert first.keys[0].sha256 == hashlib.sha256(b"KEY-1").digest()
    assert first.keys[0].expires_at == datetime(2032, 1, 1, tzinfo=UTC) and second.keys[0].expires_at is None
    assert [route.path for route in first.routes] == ["/v1/"] and [route.path for route in second.routes] == ["/new/"]
    assert foreign.headers == {"X-App-Key", "Authorization"} and foreign.queries == {"token"}
    assert any(each.what == "API Signed: enable_jwt" for each in foreign.lost)


def test_the_same_alias_is_one_application(written):
    foreign = parsed(written, {"KEY-1": whole("g1", alias="desk"), "KEY-2": whole("g1", alias="desk")})
    assert [len(consumer.keys) for consumer in foreign.consumers] == [2]


def test_only_a_sha256_can_be_taken_over(written):
    keys = [
        {"key_hash": HASH, "data": whole("g1", alias="hashed")},
        {"key_hash": "7c1b9d", "data": whole("g1", alias="murmur")},
        {"key": "PLAIN", **whole("g1", alias="plain")},
    ]
    foreign = parsed(written, keys)
    assert [consumer.name for consumer in foreign.consumers] == ["hashed", "plain"]
    assert foreign.consumers[0].keys[0].sha256.hex() == HASH
    assert any("another hash" in each.what for each in foreign.lost)


def test_allowed_urls_and_policies_say_what_is_open(written):
    urls = [{"url": "/users/{id}", "methods": ["GET"]}]
    policy = {"access_rights": {"g1": {"allowed_urls": urls}}, "rate": 5, "per": 60}
    foreign = parsed(
        written, {"K": {"alias": "a", "apply_policies": ["p1", "p2"], "access_rights": {}}}, {"p1": policy}
    )
    (route,) = foreign.consumers[0].routes
    assert (route.kind, route.path, route.methods) == ("regex", "/v1/users/[^/]+", ("GET",))
    assert [(limit.count, limit.seconds) for limit in foreign.limits] == [(5, 60)]
    assert any(each.what == "policy p2" for each in foreign.lost)


def test_inactive_sessions_and_unknown_apis_are_listed(written):
    foreign = parsed(written, {"K": whole("g1", is_inactive=True), "L": whole("g9", alias="l")})
    assert [consumer.routes for consumer in foreign.consumers] == [()]
    assert {"the API g9"} <= {each.what for each in foreign.lost}
    assert any("inactive" in each.what for each in foreign.lost)


def rights(api, *urls):
    return {api: {"api_id": api, "allowed_urls": [{"url": url, "methods": ["GET"]} for url in urls]}}


@pytest.mark.parametrize(
    ("policies", "paths"),
    [
        ({"p": {"access_rights": rights("g2")}}, ["/new/"]),
        ({"p": {"access_rights": rights("g2"), "partitions": {"acl": True}}}, ["/new/"]),
        ({"p": {"access_rights": rights("g2"), "partitions": {"acl": False, "quota": False}}}, ["/new/"]),
        ({"p": {"access_rights": {}}}, []),
        # Only a quota is the policy's: what is open says the session.
        ({"p": {"access_rights": rights("g2"), "partitions": {"quota": True}}}, ["/v1/"]),
        # Of two the one that names URLs counts.
        ({"p": {"access_rights": rights("g2")}, "q": {"access_rights": rights("g2", "/a")}}, ["/new/a"]),
        # Nobody knows what an absent one takes away.
        ({"q": {"access_rights": rights("g2"), "partitions": {"quota": True}}, "absent": None}, []),
    ],
)
def test_what_a_policy_opens_replaces_what_the_session_says(written, policies, paths):
    present = {name: policy for name, policy in policies.items() if policy is not None}
    foreign = parsed(written, {"K": whole("g1", alias="a", apply_policies=list(policies))}, present)
    assert [route.path for consumer in foreign.consumers for route in consumer.routes] == paths


def test_a_key_of_an_inactive_policy_is_inactive(written):
    policies = {"p": {"is_inactive": True, "access_rights": {}}, "q": {"access_rights": {}}}
    foreign = parsed(written, {"K": whole("g1", alias="a", apply_policies=["q", "p"])}, policies)
    assert foreign.consumers == [] and any("policy is inactive" in each.what for each in foreign.lost)


def test_an_allowed_url_without_methods_opens_nothing(written):
    foreign = parsed(written, {"K": {"alias": "a", "access_rights": {"g1": {"allowed_urls": [{"url": "/a"}]}}}})
    assert foreign.consumers[0].routes == () and any("without methods" in each.what for each in foreign.lost)


@pytest.mark.parametrize("expires", [99999999999999, 10**30, 253402300800])
def test_an_end_beyond_all_dates_is_the_last_one(written, expires):
    foreign = parsed(written, {"K": whole("g1", expires=expires)})
    assert foreign.consumers[0].keys[0].expires_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("expires", ["1956528000.5", "1.9e9", '"1956528000"', '"soon"', "true", "[1]", "{}"])
def test_a_key_with_an_unreadable_end_is_not_imported(written, expires):
    path = written("tyk.json", '{"apis": [],\n"keys": {"SECRET": {"access_rights": {},\n"expires": ' + expires + "}}}")
    with pytest.raises(FirstclassError) as caught:
        read(path, Foreign("tyk.json"))
    assert caught.value.where.line == 3 and "SECRET" not in str(caught.value.as_json())


def test_no_error_shows_a_key(written):
    for content in ({"apis": [{"name": "x"}], "keys": {"SECRET": {}}}, {"SECRET": {}}):
        with pytest.raises(FirstclassError) as caught:
            read(written("tyk.json", content), Foreign("tyk.json"))
        assert "SECRET" not in str(caught.value.as_json())


def counts(foreign):
    return [[(each.count, each.seconds) for each in route.limits] for route in foreign.consumers[0].routes]


def test_the_rate_and_the_quota_of_a_session_hold_for_it(written):
    session = whole("g1", alias="a", quota_max=500, quota_renewal_rate=86400)
    assert counts(parsed(written, {"K": session})) == [[(10, 1), (500, 86400)]]
    session["access_rights"]["g1"]["limit"] = {"rate": 2, "per": 1, "quota_max": -1}
    assert counts(parsed(written, {"K": session})) == [[(10, 1), (500, 86400), (2, 1)]]


@pytest.mark.parametrize(
    ("partitions", "wanted"),
    [
        ({}, [(5, 60), (7, 3600)]),
        ({"rate_limit": True, "acl": True}, [(5, 60)]),
        ({"quota": True, "acl": True}, [(10, 1), (7, 3600)]),
        ({"acl": True}, [(10, 1)]),
    ],
)
def test_limits_of_a_policy_replace_those_that_it_is_for(written, partitions, wanted):
    limits = {"rate": 5, "per": 60, "quota_max": 7, "quota_renewal_rate": 3600}
    policy = {"access_rights": {"g1": {}}, "partitions": partitions, **limits}
    assert counts(parsed(written, {"K": whole("g1", alias="a", apply_policies=["p"])}, {"p": policy})) == [wanted]


def test_a_limit_of_all_callers_together_is_listed(written):
    apis = [{**APIS[0], "global_rate_limit": {"rate": 9, "per": 1}}]
    foreign = read(written("tyk.json", {"apis": apis, "keys": {}}), Foreign("tyk.json"))
    assert "API Garage: a limit of all callers together" in [each.what for each in foreign.lost]


def names(foreign):
    return {
        consumer.name: (len(consumer.keys), [route.path for route in consumer.routes]) for consumer in foreign.consumers
    }


def test_an_alias_of_keys_that_differ_is_an_application_for_each(written):
    keys = {"KEY-1": whole("g1", alias="acme"), "KEY-2": whole("g2", alias="acme"), "KEY-3": whole("g2", alias="acme")}
    foreign = parsed(written, keys)
    apart = names(foreign)
    assert sorted(apart.values()) == [(1, ["/new/"]), (1, ["/new/"]), (1, ["/v1/"])]
    assert all(re.fullmatch("acme-[0-9a-f]{8}", name) for name in apart)
    (told,) = [each for each in foreign.lost if each.what.startswith("alias acme")]
    assert "applications list" in told.instead and len(apart) > 1
    turned = dict(reversed(keys.items())) | {"KEY-4": whole("g1", alias="acme")}
    assert apart.items() <= names(parsed(written, turned)).items(), "other keys and their order change no name"
    digests = {hashlib.sha256(key.encode()).hexdigest()[:8] for key in keys}
    assert not digests & {name[-8:] for name in apart}


@pytest.mark.parametrize("more", [{"rate": 11}, {"quota_max": 5, "quota_renewal_rate": 60}])
def test_keys_of_other_limits_are_not_joined(written, more):
    foreign = parsed(written, {"KEY-1": whole("g1", alias="a"), "KEY-2": whole("g1", alias="a", **more)})
    assert len(foreign.consumers) == 2


def test_the_same_urls_at_another_line_are_the_same(written):
    keys = {name: {"alias": "a", "access_rights": rights("g1", "/a", "/b")} for name in ("K", "L")}
    content = json.dumps({"apis": APIS, "keys": keys}, indent=1)
    assert [len(each.keys) for each in read(written("tyk.json", content), Foreign("tyk.json")).consumers] == [2]


@pytest.mark.parametrize(
    "more",
    [
        {"enable_ip_whitelisting": True, "allowed_ips": ["10.0.0.1"]},
        {"enable_jwt": True},
        {"use_keyless": True},
        {"version_data": {"versions": {"Default": {"extended_paths": {"black_list": [{"path": "/a"}]}}}}},
    ],
)
def test_an_api_that_asks_for_more_than_a_key_opens_nothing(written, more):
    apis = [{**APIS[0], **more}]
    keys = {"K": whole("g1", alias="a"), "L": {"alias": "b", "access_rights": rights("g1", "/a")}}
    foreign = read(written("tyk.json", {"apis": apis, "keys": keys}), Foreign("tyk.json"))
    assert [consumer.routes for consumer in foreign.consumers] == [(), ()]
    assert any(each.what.startswith("API Garage: ") for each in foreign.lost) and len(foreign.routes) == 1


def test_an_api_that_is_off_takes_no_calls(written):
    foreign = read(written("tyk.json", {"apis": [{**APIS[0], "active": False}], "keys": {}}), Foreign("tyk.json"))
    assert foreign.routes == [] and foreign.lost[0].what == "API Garage: it is switched off"


def test_the_longest_listen_path_is_found_first_at_each_domain(written):
    apis = [APIS[0], {"name": "D", "api_id": "d", "domain": "D.example", "proxy": {"listen_path": "/{a}/b/"}}]
    foreign = read(written("tyk.json", {"apis": apis, "keys": {}}), Foreign("tyk.json"))
    assert [(each.least, each.among) for each in foreign.routes] == [((4,), set()), ((), {"d.example"})]


def test_a_key_of_several_sessions_is_taken_only_if_they_say_the_same(written):
    def listed(*sessions):
        keys = [{"key": "SECRET", "data": data} for data in sessions]
        return read(written("tyk.json", {"apis": APIS, "keys": keys}), Foreign("tyk.json"))

    assert names(listed(whole("g1", alias="a"), whole("g1", alias="a"))) == {"a": (1, ["/v1/"])}
    for other in (whole("g2", alias="a"), whole("g1", alias="b")):
        foreign = listed(whole("g1", alias="a"), other)
        assert foreign.consumers == []
        (told,) = [each for each in foreign.lost if "several sessions" in each.what]
        assert len(told.places) == 2 and "SECRET" not in told.what


def test_an_origin_that_got_the_key_is_told(written):
    apis = [APIS[0], {**APIS[0], "api_id": "g3", "name": "Stripped", "strip_auth_data": True}]
    foreign = read(written("tyk.json", {"apis": apis, "keys": {}}), Foreign("tyk.json"))
    assert [each.names for kind in foreign.lost if "got with" in kind.what for each in kind.places] == [("Garage",)]
