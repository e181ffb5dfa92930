"""Credentials that the API checks itself."""

import pytest

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
BEARER = {"type": "http", "scheme": "bearer"}
UNCHECKED = {"x-firstclass": {"pass": "unchecked"}}
CHECKED = {"x-firstclass": {"pass": "checked"}}


def contract(make, security, **schemes):
    made = make.operation()
    made["paths"]["/a"]["post"]["security"] = security
    return {**made, "components": {"securitySchemes": schemes}}


@pytest.mark.parametrize(
    ("scheme", "lowered"),
    [
        (BEARER, {"in": "header", "field": "authorization", "word": "bearer"}),
        ({"type": "http", "scheme": "Digest"}, {"in": "header", "field": "authorization", "word": "digest"}),
        ({"type": "oauth2", "flows": {}}, {"in": "header", "field": "authorization", "word": "bearer"}),
        (KEY, {"in": "header", "field": "x-api-key"}),
        ({**KEY, "name": "api_key"}, {"in": "header", "field": "api_key"}),
        ({**KEY, "name": "Authorization"}, {"in": "header", "field": "authorization"}),
        ({**KEY, "in": "cookie", "name": "SID"}, {"in": "cookie", "field": "SID"}),
        ({**KEY, "in": "query", "name": "appId"}, {"in": "query", "field": "appId"}),
    ],
)
def test_each_kind_passes_where_it_stands(sound, make, scheme, lowered):
    document = sound(contract(make, [{"s": []}], s={**scheme, **UNCHECKED}))
    assert document["schemes"] == [{"kind": "own", "name": "s", **lowered}]
    assert "own-credentials" in document["requires"]


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        ({"type": "mutualTLS"}, "security_scheme_invalid"),
        ({"type": "http"}, "security_scheme_invalid"),
        ({"type": "apiKey", "in": "header"}, "security_scheme_invalid"),
        *(
            ({**KEY, "name": name}, "security_unsatisfiable")
            for name in ("Cookie", "Host", "Firstclass-Subject", "X-Forwarded-User", "x_forwarded_for", "If-Match")
        ),
        ({**KEY, "in": "cookie", "name": "a;b"}, "cookie_name_invalid"),
    ],
)
def test_what_cannot_pass_is_an_error(codes, make, scheme, code):
    assert code in codes(contract(make, [{"s": []}], s={**scheme, **UNCHECKED}))


@pytest.mark.parametrize("more", [{"issuer": "people"}, {"legacy_query": "k"}])
def test_what_is_not_checked_has_nothing_to_be_checked_by(codes, make, more):
    scheme = {**BEARER, "x-firstclass": {"pass": "unchecked", **more}}
    assert "misplaced_keyword" in codes(contract(make, [{"s": []}], s=scheme))


def test_another_word_is_told(codes, make):
    assert "wrong_value" in codes(contract(make, [{"s": []}], s={**BEARER, "x-firstclass": {"pass": True}}))


def test_what_was_checked_passes_where_it_says_so(sound, make):
    document = sound(contract(make, [{"k": []}, {"t": []}], k={**KEY, **CHECKED}, t={**BEARER, **CHECKED}))
    assert [scheme["pass"] for scheme in document["schemes"]] == [True, True]
    assert "passed-credentials" in document["requires"]


@pytest.mark.parametrize("place", [{"in": "query"}, {"in": "cookie"}, {"name": "api_key"}])
def test_a_checked_key_passes_in_a_header_alone(codes, make, place):
    assert "misplaced_keyword" in codes(contract(make, [{"k": []}], k={**KEY, **place, **CHECKED}))


def test_an_empty_alternative_opens_nothing_beside_what_nobody_checks(sound, codes, make):
    mine = {**BEARER, **UNCHECKED}
    document = sound(contract(make, [{}, {"s": []}], s=mine))
    assert document["operations"][0]["access"] == {"any_of": [[{"scheme": 0, "scopes": []}], []]}
    assert "security_optional" in codes(contract(make, [{}, {"s": []}, {"k": []}], s=mine, k=KEY))
    assert "security_optional" in codes(contract(make, [{}], s=mine))


def test_two_keys_of_the_apis_may_be_asked_for_together_but_not_in_one_place(sound, codes, make):
    app = {**KEY, "name": "app-id", **UNCHECKED}
    assert sound(contract(make, [{"a": [], "b": []}], a=app, b={**KEY, **UNCHECKED}))
    assert "security_unsatisfiable" in codes(contract(make, [{"a": [], "b": []}], a=app, b=app))
    shared = contract(make, [{"a": [], "b": []}], a={**BEARER, **UNCHECKED}, b=BEARER)
    assert "security_unsatisfiable" in codes(shared)


def test_a_header_of_our_keys_is_no_place_for_what_nobody_checks(codes, make):
    assert "security_unsatisfiable" in codes(contract(make, [{"a": []}, {"b": []}], a=KEY, b={**KEY, **UNCHECKED}))


def test_an_operation_that_asks_for_a_tier_is_not_content_with_it(codes, sound, make):
    schemes = {"s": {**BEARER, **UNCHECKED}, "k": KEY}
    both = contract(make, [{"s": []}, {"k": []}], **schemes)
    both["paths"]["/a"]["post"]["x-firstclass"] = {"credential": "key"}
    assert len(sound(both)["operations"][0]["access"]["any_of"]) == 1
    alone = contract(make, [{"s": []}], **schemes)
    alone["paths"]["/a"]["post"]["x-firstclass"] = {"credential": "key"}
    assert "credential_unsatisfiable" in codes(alone)


def test_scopes_are_the_apis_business(sound, make):
    document = sound(contract(make, [{"s": ["read"]}], s={"type": "oauth2", "flows": {}, **UNCHECKED}))
    assert document["operations"][0]["access"] == {"any_of": [[{"scheme": 0, "scopes": []}]]}
