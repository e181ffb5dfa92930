"""Where an API signs people in itself, its own sessions are what a fix asks for."""

import pytest

TEXT = {"type": "string", "maxLength": 50}
ID = {"type": "string", "maxLength": 20}


def signing_in(make, **fields):
    return {
        "/login": {"post": {"operationId": "login", "responses": make.answer(make.things(**fields))}},
        "/users/{userId}": {
            "get": {"parameters": [{"name": "userId", "in": "path", "required": True, "schema": ID}]},
        },
    }


def without_bearer(audit_of, make, **fields):
    key = {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    return audit_of(signing_in(make, **fields), components={"securitySchemes": key})


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({"token": TEXT, "userId": ID}, "/userId"),
        ({"token": TEXT, "user": {"type": "object", "properties": {"id": {"type": "integer"}}}}, "/user/id"),
    ],
)
def test_a_sign_in_that_says_token_and_id_begins_a_session(audit_of, make, fields, subject):
    document = without_bearer(audit_of, make, **fields).mended("id_without_owner").compiled.document
    assert [scheme["kind"] for scheme in document["schemes"]] == ["key", "session"]
    (login,) = [each["login"] for each in document["operations"] if "login" in each]
    assert (login["token"], login["subject"]) == ("/token", subject)


@pytest.mark.parametrize("fields", [{"token": TEXT}, {"userId": ID}, {"token": {"type": "integer"}, "userId": ID}])
def test_else_a_token_of_an_issuer_is_asked_for_and_both_guides_are_named(audit_of, make, fields):
    found = without_bearer(audit_of, make, **fields)
    fix = found.one("id_without_owner").fix
    assert "identity-providers.md" in fix and "opaque-sessions.md" in fix
    document = found.mended("id_without_owner").compiled.document
    assert [scheme["kind"] for scheme in document["schemes"]] == ["key", "bearer"]


def test_a_sign_in_that_would_need_a_session_itself_begins_none(audit_of, make):
    paths = signing_in(make, token=TEXT, userId=ID)
    seen = make.answer({"$ref": "#/components/schemas/Seen"})
    paths["/login"]["post"]["responses"] = seen
    paths["/cards/{cardId}"] = {
        "get": {"parameters": [{"name": "cardId", "in": "path", "required": True, "schema": ID}], "responses": seen}
    }
    key = {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    schemas = {"Seen": make.things(token=TEXT, userId=ID)}
    found = audit_of(paths, components={"securitySchemes": key, "schemas": schemas})
    assert all("login:" not in harm.fix for harm in found.audit.harms)
