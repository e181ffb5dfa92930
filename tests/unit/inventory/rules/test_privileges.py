"""Rights that a caller could write for itself."""

import pytest

TEXT = {"type": "string", "maxLength": 20}


def writes(audit_of, make, name, schema, component="User", path="/self", **more):
    whole = {"$ref": f"#/components/schemas/{component}"}
    paths = {path: {"patch": {"requestBody": make.takes(whole), **more}}}
    return audit_of(paths, schemas={component: make.things("nickname", **{name: schema})})


@pytest.mark.parametrize("name", ["role", "permissions", "isAdmin", "is_staff", "emailVerified", "balance"])
def test_a_right_becomes_read_only(audit_of, make, name):
    found = writes(audit_of, make, name, TEXT)
    assert name in found.one("privilege_writable").message
    found.mended("privilege_writable")


def test_a_required_right_is_required_no_more(audit_of, make):
    whole = {**make.things("nickname", role=TEXT), "required": ["role"]}
    paths = {"/self": {"patch": {"requestBody": make.takes({"$ref": "#/components/schemas/User"})}}}
    assert audit_of(paths, schemas={"User": whole}).mended("privilege_writable").compiled.errors == ()


def test_what_is_no_right_is_left_alone(audit_of, make):
    assert writes(audit_of, make, "role", TEXT, component="Message").of("privilege_writable") == []
    assert writes(audit_of, make, "role", {"enum": ["user"]}).of("privilege_writable") == []
    assert writes(audit_of, make, "role", {**TEXT, "readOnly": True}).of("privilege_writable") == []
    assert writes(audit_of, make, "role", TEXT, path="/admin/users").of("privilege_writable") == []


def inline(audit_of, make, name, schema, path="/users", media_type="application/json", method="post"):
    body = make.takes(make.things("nickname", **{name: schema}), media_type)
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = [{"name": each, "in": "path", "required": True, "schema": TEXT} for each in names]
    return audit_of({path: {"parameters": parameters, method: {"requestBody": body}}})


@pytest.mark.parametrize("name", ["role", "permissions", "isAdmin", "balance", "verified"])
@pytest.mark.parametrize("path", ["/users", "/users/{userId}", "/me", "/register", "/auth/signup", "/profile"])
def test_a_body_that_has_no_name_is_about_what_its_path_is_about(audit_of, make, path, name):
    found = inline(audit_of, make, name, TEXT, path)
    assert name in found.one("privilege_writable").message
    found.mended("privilege_writable")


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_that_has_no_name_is_about_it_too(audit_of, make, media_type):
    found = inline(audit_of, make, "role", TEXT, media_type=media_type)
    assert "role" in found.one("privilege_writable").message


def test_a_state_that_others_decide_is_a_right(audit_of, make):
    states = {"type": "string", "enum": ["active", "suspended"]}
    inline(audit_of, make, "status", states).mended("privilege_writable")
    writes(audit_of, make, "status", states).mended("privilege_writable")
    inline(audit_of, make, "status", states, "/accounts").mended("privilege_writable")
    assert inline(audit_of, make, "status", {"enum": ["away", "online"]}).of("privilege_writable") == []
    assert inline(audit_of, make, "status", TEXT).of("privilege_writable") == []
    assert inline(audit_of, make, "status", states, "/orders").of("privilege_writable") == []


def test_money_of_an_account_is_a_right(audit_of, make):
    inline(audit_of, make, "balance", {"type": "integer"}, "/accounts/{accountId}").mended("privilege_writable")


@pytest.mark.parametrize(
    "path",
    ["/messages", "/users/{userId}/messages", "/teams/{teamId}/members", "/admin/users", "/users/{userId}/roles"],
)
def test_a_body_about_something_else_is_left_alone(audit_of, make, path):
    assert inline(audit_of, make, "role", TEXT, path).of("privilege_writable") == []
