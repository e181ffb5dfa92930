"""Tyk's definitions, sessions and policies in one JSON file."""

import hashlib
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
        "enable_jwt": True,
        "proxy": {"listen_path": "/v1/", "target_url": "http://garage"},
    },
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
    assert foreign.headers == {"X-App-Key"} and foreign.queries == {"token"}
    assert any(each.what == "API Garage: enable_jwt" for each in foreign.lost)


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


def test_no_error_shows_a_key(written):
    for content in ({"apis": [{"name": "x"}], "keys": {"SECRET": {}}}, {"SECRET": {}}):
        with pytest.raises(FirstclassError) as caught:
            read(written("tyk.json", content), Foreign("tyk.json"))
        assert "SECRET" not in str(caught.value.as_json())
