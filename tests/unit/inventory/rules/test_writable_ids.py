"""An id in a body beside the same id in the path."""

import pytest

NUMBER = {"type": "integer"}


def writes(audit_of, make, name, schema=NUMBER, path="/users/{id}", owner="token.sub", method="put", **more):
    parameter = path.rpartition("{")[2].partition("}")[0]
    owned = {"x-firstclass": {"object": "user", "owner": owner}} if owner else {}
    place = {"name": parameter, "in": "path", "required": True, "schema": NUMBER, **owned}
    body = make.takes({"$ref": "#/components/schemas/User"})
    operation = {"parameters": [place], "requestBody": body, "security": [{"people": []}], **more}
    return audit_of({path: {method: operation}}, schemas={"User": make.things("nickname", **{name: schema})})


@pytest.mark.parametrize(
    ("path", "name"),
    [("/users/{id}", "id"), ("/users/{userId}", "id"), ("/users/{id}", "userId"), ("/users/{user_id}", "userUuid")],
)
def test_an_id_of_the_same_meaning_becomes_read_only(audit_of, make, path, name):
    found = writes(audit_of, make, name, path=path)
    harm = found.one("id_writable")
    assert harm.message.startswith(f"callers may write {name} beside {{") and "with the owner" in harm.fix
    found.mended("id_writable")


def test_what_names_something_else_is_left_alone(audit_of, make):
    for name in ("cardId", "nickname2", "paid"):
        assert writes(audit_of, make, name).of("id_writable") == []
    assert writes(audit_of, make, "id", path="/users/{id}/cards").of("id_writable") == []


def test_what_is_held_to_the_caller_or_not_written_is_left_alone(audit_of, make):
    owned = {**NUMBER, "x-firstclass": {"object": "user", "owner": "token.sub"}}
    assert writes(audit_of, make, "id", owned).of("id_writable") == []
    assert writes(audit_of, make, "id", {**NUMBER, "readOnly": True}).of("id_writable") == []
    assert writes(audit_of, make, "id", owner=None).of("id_writable") == [], "the path is told first"
