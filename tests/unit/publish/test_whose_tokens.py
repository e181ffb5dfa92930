"""Where there are several issuers a bearer scheme names its own, or nothing goes live."""

import json

import pytest

from firstclass.base.settings import Settings
from firstclass.publish.contracts import compile_entry
from firstclass.publish.whose_tokens import with_unnamed_issuers

BEARER = {"type": "http", "scheme": "bearer"}


def issuer(name, url=None):
    url = url or f"https://{name}.example"
    return {"name": name, "issuer": url, "audience": "api", "jwks_uri": f"https://{name}.example/keys"}


def errors(tmp_path, scheme, *issuers):
    operation = {"operationId": "a", "security": [{"who": []}], "responses": {"204": {"description": ""}}}
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": operation}},
        "components": {"securitySchemes": {"who": scheme, "unused": BEARER}},
    }
    (tmp_path / "a.json").write_text(json.dumps(contract, indent=1))
    entry = {"name": "a", "contract": "a.json", "upstream": "http://127.0.0.1:9"}
    settings = Settings.model_validate({"version": 1, "apis": [entry], "issuers": list(issuers)})
    result = compile_entry(settings.apis[0], tmp_path)
    assert result.errors == ()
    judged = with_unnamed_issuers(settings, result)
    assert (judged.payload is None) == (judged.compiled.document is None) == bool(judged.errors)
    return list(judged.errors)


@pytest.mark.parametrize("scheme", [BEARER, {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"}])
def test_a_scheme_without_a_name_is_an_error_where_it_stands(tmp_path, scheme):
    (error,) = errors(tmp_path, scheme, issuer("people"), issuer("partner"))
    assert (error.code, error.severity, error.file) == ("issuer_unnamed", "error", "a.json")
    assert error.line > 1 and error.column >= 1 and error.pointer == "/components/securitySchemes/who"
    assert "people and partner" in error.message and "x-firstclass: {issuer: people}" in error.hint


def test_one_issuer_needs_no_name(tmp_path):
    assert errors(tmp_path, BEARER) == []
    assert errors(tmp_path, BEARER, issuer("people")) == []
    assert errors(tmp_path, BEARER, issuer("people"), issuer("again", "https://people.example")) == [], (
        "the same people"
    )


def test_a_scheme_that_says_whose_tokens_it_takes_is_sound(tmp_path):
    named = {**BEARER, "x-firstclass": {"issuer": "partner"}}
    assert errors(tmp_path, named, issuer("people"), issuer("partner")) == []
