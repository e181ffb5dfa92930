"""A scheme that nobody could satisfy is told, with its place."""

import json

import pytest

from firstclass.base.settings import Settings
from firstclass.publish.contracts import compile_entry
from firstclass.publish.satisfiable import find_unsatisfiable

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
ISSUER = {
    "name": "people",
    "issuer": "https://a.example",
    "audience": "https://b.example",
    "jwks_uri": "https://a.example/keys",
}


def found(tmp_path, scheme, *issuers):
    answers = {"204": {"description": ""}}
    token = {"type": "object", "properties": {"token": {"type": "string"}, "userId": {"type": "string"}}}
    told = {"200": {"description": "", "content": {"application/json": {"schema": token}}}}
    login = {
        "operationId": "login",
        "security": [{"app": []}],
        "responses": told,
        "x-firstclass": {"login": {"token": "/token", "subject": "/userId"}},
    }
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {
            "/a": {"get": {"operationId": "a", "security": [{"app": [], "who": []}], "responses": answers}},
            "/login": {"post": login} if "login" in json.dumps(scheme) else {},
        },
        "components": {"securitySchemes": {"app": KEY, "who": scheme}},
    }
    (tmp_path / "a.json").write_text(json.dumps(contract, indent=1))
    entry = {"name": "a", "contract": "a.json", "upstream": "http://127.0.0.1:9"}
    settings = Settings.model_validate({"version": 1, "apis": [entry], "issuers": list(issuers)})
    result = compile_entry(settings.apis[0], tmp_path)
    assert result.errors == ()
    return list(find_unsatisfiable(settings, [result]))


BEARER = {"type": "http", "scheme": "bearer"}


@pytest.mark.parametrize(
    "scheme",
    [
        BEARER,
        {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
        {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/t", "scopes": {}}}},
        {**BEARER, "x-firstclass": {"issuer": "people"}},
    ],
)
def test_without_issuers_nobody_gets_in(tmp_path, scheme):
    (one,) = found(tmp_path, scheme)
    assert (one.code, one.severity, one.file) == ("nobody_can_sign_in", "warning", "a.json")
    assert "who" in (tmp_path / "a.json").read_text().splitlines()[one.line - 1]
    assert one.pointer == "/components/securitySchemes/who"
    assert "identity-providers.md" in one.hint and "opaque-sessions.md" in one.hint
    assert found(tmp_path, scheme, ISSUER) == []


def test_an_issuer_of_another_name_is_not_the_one_that_is_meant(tmp_path):
    (one,) = found(tmp_path, {**BEARER, "x-firstclass": {"issuer": "peopel"}}, ISSUER)
    assert "'peopel'" in one.message and "people" in one.hint


def test_sessions_and_keys_need_no_issuer(tmp_path):
    assert found(tmp_path, {**BEARER, "x-firstclass": {"subject": "login"}}) == []
