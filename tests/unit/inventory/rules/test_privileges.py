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
