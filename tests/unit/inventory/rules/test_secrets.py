"""Credentials in URLs, secrets in the contract."""

import pytest

TEXT = {"type": "string", "maxLength": 50}
LETTERS = "q7Zk2mN8xR4tV6wY1aB3cD5eF9gH0jKl"
REAL = {
    "AWS": "AKIA" + "Q7ZK2MN8XR4TV6WY",
    "GitHub": "ghp_" + LETTERS + "pL5s",
    "Stripe": "sk_" + "live_" + LETTERS[:24],
    "Google": "AIza" + LETTERS + "x-3",
    "token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0NzExMDgxNSJ9" + "." + LETTERS,
}


@pytest.mark.parametrize("place", ["query", "cookie"])
def test_a_key_in_the_url_moves_to_the_header(audit_of, place):
    schemes = {"securitySchemes": {"apiKey": {"type": "apiKey", "in": place, "name": "k"}}}
    found = audit_of({"/a": {"get": {}}}, components=schemes)
    assert place in found.one("secret_in_url").message
    after = found.mended("secret_in_url").compiled
    assert after.errors == after.warnings == ()


def test_a_key_in_the_url_of_swagger_moves_too(audit_of):
    text = (
        '{"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "security": [{"k": []}],\n'
        ' "securityDefinitions": {"k": {"type": "apiKey", "in": "query", "name": "k"}},\n'
        ' "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": ""}}}}}}'
    )
    found = audit_of(text)
    assert found.one("secret_in_url").line == 2
    found.mended("secret_in_url")


@pytest.mark.parametrize("name", ["access_token", "apiKey", "password", "api-key", "client_secret"])
def test_a_credential_as_a_parameter_goes(audit_of, name):
    kept = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    parameters = [kept, {"name": name, "in": "query", "schema": TEXT}, {**kept, "name": "other"}]
    after = audit_of({"/a": {"get": {"parameters": parameters}}}).mended("secret_in_url").compiled
    assert [p["name"] for p in after.document["operations"][0]["parameters"]] == ["page", "other"]


def test_tokens_of_lists_are_left_alone(audit_of):
    parameters = [{"name": name, "in": "query", "schema": TEXT} for name in ("pageToken", "key", "token_type")]
    assert audit_of({"/a": {"get": {"parameters": parameters}}}).of("secret_in_url") == []


@pytest.mark.parametrize("secret", REAL.values(), ids=REAL)
@pytest.mark.parametrize("keyword", ["example", "default"])
def test_a_real_secret_in_an_example_is_told_without_repeating_it(audit_of, make, secret, keyword):
    body = make.takes({"type": "object", "properties": {"k": {"type": "string", "maxLength": 99, keyword: secret}}})
    found = audit_of({"/a": {"post": {"requestBody": body}}})
    harm = found.one("secret_in_contract")
    assert secret not in harm.message + harm.fix
    found.mended("secret_in_contract")


@pytest.mark.parametrize(
    "text", ["AKIAIOSFODNN7EXAMPLE", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "a long text without one"]
)
def test_what_says_that_it_is_an_example_is_left_alone(audit_of, make, text):
    body = make.takes({"type": "object", "properties": {"k": {"type": "string", "maxLength": 99, "example": text}}})
    assert audit_of({"/a": {"post": {"requestBody": body}}}).of("secret_in_contract") == []


def test_a_property_that_is_called_example_is_no_example(audit_of, make):
    body = make.takes({"type": "object", "properties": {"example": {"type": "string", "pattern": REAL["AWS"]}}})
    assert audit_of({"/a": {"post": {"requestBody": body}}}).of("secret_in_contract") == []
