"""What `init` writes where callers are."""

import json

from firstclass.app.beginning import as_written
from firstclass.app.present_callers import everybody_as_today, own_credentials

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}


def written(tmp_path, **contract):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(contract))
    return as_written(path)


def test_schemes_that_are_asked_for_pass_and_others_are_left_alone(tmp_path):
    schemes = {
        "a": KEY,
        "unused": KEY,
        "known": {**KEY, "x-firstclass": {"legacy_query": "k"}},
        "tls": {"type": "mutualTLS"},
        "all": {**KEY, "name": "Cookie"},
    }
    asked = [{name: []} for name in schemes if name != "unused"]
    contract = written(tmp_path, components={"securitySchemes": schemes}, paths={"/p": {"get": {"security": asked}}})
    (action,) = own_credentials(contract)
    assert action["target"] == "$.components.securitySchemes.a"
    assert action["update"] == {"x-firstclass": {"pass": "unchecked"}}


def test_swagger_has_its_own_place(tmp_path):
    contract = written(tmp_path, swagger="2.0", securityDefinitions={"a": {"type": "basic"}}, security=[{"a": []}])
    assert own_credentials(contract)[0]["target"] == "$.securityDefinitions.a"
    contract = written(tmp_path, swagger="2.0")
    assert set(everybody_as_today(contract)["update"]) == {"securityDefinitions", "security"}


def test_who_says_nothing_is_everybody_with_what_others_send_or_without(tmp_path):
    contract = written(
        tmp_path,
        components={"securitySchemes": {"a": KEY}},
        paths={"/p": {"get": {"security": [{"a": []}]}, "post": {}}},
    )
    assert everybody_as_today(contract)["update"] == {"security": [{"a": []}, {}]}
    bare = everybody_as_today(written(tmp_path))["update"]
    headers = {each["name"] for each in bare["components"]["securitySchemes"].values()}
    assert headers == {"Authorization", "X-API-Key"} and bare["security"][-1] == {}


def test_what_cannot_be_read_says_nothing(tmp_path):
    assert own_credentials(as_written(tmp_path / "none.json")) == []
