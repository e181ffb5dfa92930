"""Owners that a call can leave out."""

import pytest

OWNER = {"x-firstclass": {"object": "user", "owner": "token.sub"}}
TEXT = {"type": "string", "maxLength": 9}
PEOPLE = {"security": [{"people": []}], "operationId": "getA", "responses": {"204": {"description": ""}}}


def parameter(place, required=False, **more):
    return {"name": "user", "in": place, "required": required, "schema": TEXT, **OWNER, **more}


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_an_owned_parameter_becomes_required(audit_of, make, place):
    found = audit_of({"/a": {"get": {**PEOPLE, "parameters": [parameter(place)]}}})
    harm = found.one("owner_optional")
    assert harm.message == f"the {place} parameter user has an owner and may be left out: getA"
    assert "required: true" in harm.fix
    found.mended("owner_optional")


def test_an_owner_on_its_schema_counts_too(audit_of, make):
    one = {"name": "user_id", "in": "query", "schema": {**TEXT, **OWNER}}
    audit_of({"/a": {"get": {**PEOPLE, "parameters": [one]}}}).mended("owner_optional")


def test_where_another_owner_must_be_there_it_may_be_left_out(audit_of, make):
    whole = [parameter("query"), parameter("path", required=True, name="id")]
    assert audit_of({"/a/{id}": {"get": {**PEOPLE, "parameters": whole}}}).of("owner_optional") == []
    assert audit_of({"/a": {"get": {**PEOPLE, "parameters": [parameter("query", True)]}}}).of("owner_optional") == []


def test_an_owned_property_becomes_required(audit_of, make):
    schema = {"type": "object", "required": ["note"], "properties": {"user_id": {**TEXT, **OWNER}, "note": TEXT}}
    paths = {"/a": {"post": {**PEOPLE, "requestBody": make.takes(schema)}}}
    found = audit_of(paths)
    assert "the property user_id" in found.one("owner_optional").message
    found.mended("owner_optional")
    schema["required"] = ["user_id"]
    assert audit_of(paths).of("owner_optional") == []
