"""Operations without a credential."""

import pytest


def test_an_operation_that_says_public_is_told(audit_of):
    found = audit_of({"/a": {"get": {"security": []}, "post": {}}})
    harm = found.one("no_credential")
    assert "GET /a" in harm.message and harm.file == "api.json" and harm.pointer == "/paths/~1a/get/security"
    after = found.mended("no_credential")
    assert after.compiled.document["operations"][0]["access"] == after.compiled.document["operations"][1]["access"]


def test_a_contract_that_says_nothing_is_told_and_compiles_when_mended(audit_of):
    found = audit_of({"/a": {"get": {}}, "/b": {"get": {}}}, security=None, components={})
    assert {error.code for error in found.compiled.errors} == {"security_missing"}
    assert len(found.of("no_credential")) == 2
    assert found.mended("no_credential").compiled.errors == ()


def test_public_for_all_is_told_of_each_operation(audit_of):
    found = audit_of({"/a": {"get": {}}, "/b": {"get": {}}}, security=[])
    assert len(found.of("no_credential")) == 2
    found.mended("no_credential")


def test_an_empty_alternative_is_told(audit_of):
    found = audit_of({"/a": {"get": {"security": [{"apiKey": []}, {}]}}})
    assert "one of its alternatives" in found.one("no_credential").message
    assert found.mended("no_credential").compiled.errors == ()


def test_a_declared_token_is_asked_for_where_there_is_no_key(audit_of):
    schemes = {"securitySchemes": {"people": {"type": "http", "scheme": "bearer"}}}
    found = audit_of({"/a": {"get": {"security": []}}}, components=schemes)
    assert found.one("no_credential").actions[-1].update == {"security": [{"people": []}]}
    found.mended("no_credential")


@pytest.mark.parametrize("path", ["/health", "/v1/ping", "/status", "/livez"])
def test_whether_the_api_lives_may_be_public(audit_of, path):
    assert audit_of({path: {"get": {"security": []}}}).of("no_credential") == []


def test_nothing_said_is_no_decision_even_for_health(audit_of):
    assert audit_of({"/health": {"get": {}}}, security=None).of("no_credential")


def test_swagger_is_mended_in_its_own_words(audit_of):
    text = (
        '{"swagger": "2.0", "info": {"title": "Old", "version": "1"},\n "paths": {"/a": {"get": {"operationId": "a",\n'
        '  "responses": {"200": {"description": ""}}}}}}'
    )
    found = audit_of(text)
    harm = found.one("no_credential")
    assert harm.line == 2 and "securityDefinitions" in harm.fix
    assert found.mended("no_credential").compiled.errors == ()
