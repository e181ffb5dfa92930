"""Who reaches what, in a sentence."""

# ruff: noqa: E501 - sentences are compared whole
from inline_snapshot import snapshot

from firstclass.inventory import audit


def sentences(found):
    reach = found.audit.reach
    return [reach.stranger.sentence, reach.user.sentence, reach.application.sentence]


def test_of_a_weak_contract(audit_of, make):
    number = {"name": "userId", "in": "path", "required": True, "schema": {"type": "integer"}}
    whole = make.answer({"$ref": "#/components/schemas/User"})
    paths = {
        "/users/{userId}": {"parameters": [number], "get": {"responses": whole}, "delete": {}},
        "/ping": {"get": {"security": []}},
    }
    found = audit_of(paths, schemas={"User": make.things("email", "phone")}, security=None)
    assert sentences(found) == snapshot(
        [
            "A stranger, without any credential, reaches all 3 operations, changes data with 1 of them, such as DELETE /users/{userId}, and sees 2 fields unmasked that look classified, such as User.email.",
            "An ordinary user, with any credential of this API, reaches all 3 operations, and with 2 of them other people's objects by changing an id, such as GET /users/{userId}.",
            "An application that is approved for everything reaches all 3 operations, and sees 2 fields unmasked that look classified, such as User.email.",
        ]
    )


def test_of_a_sound_contract(audit_of, make):
    email = {"type": "string", "maxLength": 9, "x-data-classification": {"category": "contact"}}
    found = audit_of({"/a": {"get": {"responses": make.answer(make.things("a", email=email))}}})
    assert sentences(found) == snapshot(
        [
            "A stranger reaches nothing: every operation asks for a credential.",
            "An ordinary user, with any credential of this API, reaches the only operation.",
            "An application that is approved for everything reaches the only operation. Masked for it, unless its subscription unmasks them: contact.",
        ]
    )
    assert found.audit.grade == "A"


def test_a_scope_keeps_ordinary_users_out(audit_of):
    flows = {"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {"admin": ""}}}
    schemes = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}}
    paths = {"/a": {"get": {"security": [{"oauth": ["admin"]}]}}, "/b": {"get": {}}}
    reach = audit_of(paths, components=schemes, security=[{"oauth": []}]).audit.reach
    assert (reach.stranger.operations, reach.user.operations, reach.application.operations) == (0, 1, 2)
    assert set(reach.as_json()) == {"operations", "stranger", "user", "application"}


def test_where_nobody_can_sign_in_nobody_reaches_anything(audit_of):
    bearer = {"securitySchemes": {"who": {"type": "http", "scheme": "bearer"}}}
    found = audit_of({"/a": {"get": {}}, "/b": {"get": {}}}, components=bearer, security=[{"who": []}])
    reach = audit(found.compiled, {0}).reach
    assert (reach.user.operations, reach.application.operations) == (0, 0)
    assert [reach.user.sentence, reach.application.sentence] == snapshot(
        [
            "An ordinary user, with any credential of this API, reaches nothing: nobody can sign in at any operation.",
            "An approved application reaches nothing: nobody can sign in at any operation.",
        ]
    )


def test_where_nobody_can_sign_in_at_some_the_others_are_reached(audit_of):
    key = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    both = {"securitySchemes": {"who": {"type": "http", "scheme": "bearer"}, "app": key}}
    paths = {
        "/a": {"get": {"security": [{"who": []}]}},
        "/b": {"get": {"security": [{"app": []}]}},
        "/c": {"get": {"security": [{"app": []}, {"who": []}]}},
    }
    found = audit_of(paths, components=both)
    shut = [index for index, each in enumerate(found.compiled.lowered.document["schemes"]) if each["kind"] == "bearer"]
    reach = audit(found.compiled, shut).reach
    assert (reach.user.operations, reach.application.operations) == (2, 2)
    assert [reach.user.sentence, reach.application.sentence] == snapshot(
        [
            "An ordinary user, with any credential of this API, reaches 2 of 3 operations; at 1 operation nobody can sign in.",
            "An application that is approved for everything reaches 2 of 3 operations; at 1 operation nobody can sign in.",
        ]
    )
