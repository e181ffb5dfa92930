"""Who gets in."""

import pytest

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
BEARER = {"type": "http", "scheme": "bearer"}


def _contract(make, security, schemes, **operation):
    contract = make.operation(**operation)
    if security is None:
        del contract["paths"]["/a"]["post"]["security"]
    else:
        contract["paths"]["/a"]["post"]["security"] = security
    return {**contract, "components": {"securitySchemes": schemes}}


def test_an_operation_that_does_not_say_who_gets_in_is_an_error(compiled, make):
    error = compiled(_contract(make, None, {})).errors[0]
    assert error.code == "security_missing"
    assert "security: []" in error.hint


def test_an_empty_list_says_public(sound, make):
    assert sound(_contract(make, [], {}))["operations"][0]["access"] == {"public": {}}


def test_an_operation_inherits_the_root_and_may_replace_it(sound, make):
    contract = _contract(make, None, {"k": KEY}) | {"security": [{"k": []}]}
    assert sound(contract)["operations"][0]["access"] == {"any_of": [[{"scheme": 0, "scopes": []}]]}


def test_alternatives_and_combinations_are_kept(sound, make):
    document = sound(_contract(make, [{"k": [], "p": ["read"]}, {"p": []}], {"k": KEY, "p": BEARER}))
    assert document["operations"][0]["access"]["any_of"] == [
        [{"scheme": 0, "scopes": []}, {"scheme": 1, "scopes": ["read"]}],
        [{"scheme": 1, "scopes": []}],
    ]
    assert {"key", "bearer", "subscription", "subject"} <= set(document["requires"])


@pytest.mark.parametrize(
    "scheme",
    [
        BEARER,
        {"type": "http", "scheme": "Bearer"},
        {"type": "oauth2", "flows": {}},
        {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
    ],
)
def test_each_kind_of_token_is_a_bearer_scheme(sound, make, scheme):
    scheme = {**scheme, "x-firstclass": {"issuer": "people"}}
    assert sound(_contract(make, [{"s": []}], {"s": scheme}))["schemes"] == [
        {"kind": "bearer", "name": "s", "issuer": "people"}
    ]


def test_a_key_in_authorization_is_told_what_it_means(compiled, make):
    result = compiled(_contract(make, [{"k": []}], {"k": {**KEY, "name": "Authorization"}}))
    (warning,) = [each for each in result.warnings if each.code == "key_in_authorization"]
    assert not result.errors and "Bearer TOKEN" in warning.message
    assert "type: http, scheme: bearer" in warning.hint and "X-API-Key" in warning.hint


def test_a_key_in_query_or_cookie_is_moved_to_the_header_with_a_warning(compiled, make):
    for place in ("query", "cookie", "header"):  # a header with an underscore is dropped by most servers
        result = compiled(_contract(make, [{"k": []}], {"k": {"type": "apiKey", "in": place, "name": "api_key"}}))
        assert result.document["schemes"][0]["header"] == "x-api-key"
        assert [w.code for w in result.warnings] == ["key_moved_to_header"]


@pytest.mark.parametrize(
    ("security", "schemes", "code"),
    [
        ([{"kk": []}], {"k": KEY}, "security_scheme_unknown"),
        ([{"k": []}], {}, "security_scheme_unknown"),
        ([{}], {}, "security_optional"),
        ([{"k": []}, {}], {"k": KEY}, "security_optional"),
        ([{"k": [], "l": []}], {"k": KEY, "l": {**KEY, "name": "X-Other"}}, "security_unsatisfiable"),
        ([{"a": [], "b": []}], {"a": BEARER, "b": BEARER}, "security_unsatisfiable"),
        ([{"k": []}], {"k": {**KEY, "name": "Host"}}, "security_unsatisfiable"),
        ([{"k": []}, {"b": []}], {"k": {**KEY, "name": "Authorization"}, "b": BEARER}, "security_unsatisfiable"),
        ([{"k": ["read"]}], {"k": KEY}, "scope_on_key"),
        ([{"s": []}], {"s": {"type": "http", "scheme": "basic"}}, "not_enforceable_yet"),
        ([{"s": []}], {"s": {"type": "mutualTLS"}}, "not_enforceable_yet"),
        ([{"s": []}], {"s": {**BEARER, "x-firstclass": {"subject": "me"}}}, "wrong_value"),
        ([{"s": []}], {"s": {"type": "apikey"}}, "security_scheme_invalid"),
        ([{"s": []}], {"s": {"type": "apiKey"}}, "security_scheme_invalid"),
        ([{"s": []}], {"s": 3}, "wrong_type"),
        ([{"k": {}}], {"k": KEY}, "wrong_type"),
        ({"k": []}, {"k": KEY}, "wrong_type"),
        (["k"], {"k": KEY}, "wrong_type"),
    ],
)
def test_what_nobody_can_meet_or_everybody_could_is_an_error(codes, make, security, schemes, code):
    assert codes(_contract(make, security, schemes)) == [code]


def test_an_unknown_scheme_is_named_where_it_is_required(compiled, make):
    error = compiled(_contract(make, [{"partners": []}], {"partner": BEARER})).errors[0]
    assert "'partners'" in error.message and error.hint == "did you mean 'partner'?"
    assert error.pointer == "/paths/~1a/post/security/0/partners"


def test_credential_drops_the_alternatives_below_it(sound, make):
    contract = _contract(
        make, [{"k": []}, {"b": []}], {"k": KEY, "b": BEARER}, **{"x-firstclass": {"credential": "bearer"}}
    )
    assert sound(contract)["operations"][0]["access"]["any_of"] == [[{"scheme": 1, "scopes": []}]]


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        ("bearer", "credential_unsatisfiable"),
        ("dpop", "not_enforceable_yet"),
        ("signed", "not_enforceable_yet"),
        ("beerer", "wrong_value"),
        (3, "wrong_value"),
    ],
)
def test_a_credential_that_no_alternative_reaches_is_an_error(codes, make, credential, code):
    contract = _contract(make, [{"k": []}], {"k": KEY}, **{"x-firstclass": {"credential": credential}})
    assert codes(contract) == [code]


def test_a_default_credential_leaves_public_operations_public(sound, codes, make):
    contract = _contract(make, [], {})
    assert sound({**contract, "x-firstclass": {"credential": "bearer"}})
    assert codes(_contract(make, [], {}, **{"x-firstclass": {"credential": "key"}})) == ["credential_unsatisfiable"]
