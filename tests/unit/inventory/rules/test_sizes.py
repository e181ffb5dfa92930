"""Texts, lists and uploads without a largest size."""

import pytest


def body(audit_of, make, **properties):
    return audit_of({"/a": {"post": {"requestBody": make.takes({"type": "object", "properties": properties})}}})


@pytest.mark.parametrize(
    ("name", "schema", "most"),
    [
        ("title", {"type": "string"}, 1000),
        ("description", {"type": "string"}, 20_000),
        ("mail", {"type": "string", "format": "email"}, 254),
        ("website", {"type": "string", "format": "uri"}, 2000),
        ("code", {"type": ["string", "null"], "pattern": "^[a-z]+$"}, 20_000),
        ("letter", {"type": "string", "minLength": 5000}, 10_000),
    ],
)
def test_a_text_gets_a_largest_length(audit_of, make, name, schema, most):
    found = body(audit_of, make, **{name: schema})
    assert found.one("text_unbounded").actions[-1].update == {"maxLength": most}
    found.mended("text_unbounded")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 5},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[0-9]{1,5}$"},
        {"type": "string", "pattern": "^(?!^0+$)[0-9]{1,5}$"},
        {"type": "integer"},
        {"type": "string", "readOnly": True},
    ],
)
def test_what_ends_is_left_alone(audit_of, make, schema):
    assert body(audit_of, make, a=schema).of("text_unbounded") == []


def test_items_of_a_list_have_the_name_of_their_parameter(audit_of):
    listed = {"type": "array", "maxItems": 9, "items": {"type": "string"}}
    found = audit_of({"/a": {"get": {"parameters": [{"name": "tags", "in": "query", "schema": listed}]}}})
    assert "the text tags has no maxLength" in found.one("text_unbounded").message
    swagger = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "security": []}
    parameters = [{"name": "tags", "in": "query", **listed}]
    responses = {"204": {"description": ""}}
    paths = {"/a": {"get": {"operationId": "list", "parameters": parameters, "responses": responses}}}
    found = audit_of({**swagger, "paths": paths})
    assert "the text tags has no maxLength" in found.one("text_unbounded").message


def test_parameters_are_short(audit_of):
    parameters = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    found = audit_of({"/a": {"get": {"parameters": parameters}}})
    assert "the text q" in found.one("text_unbounded").message
    assert found.one("text_unbounded").actions[0].update == {"maxLength": 200}
    found.mended("text_unbounded")


def test_a_list_gets_a_largest_number(audit_of, make):
    found = body(audit_of, make, ids={"type": "array", "items": {"type": "integer"}})
    assert found.one("list_unbounded").actions[0].update == {"maxItems": 100}
    found.mended("list_unbounded")


def test_a_shared_schema_is_told_once(audit_of, make):
    post = {"requestBody": make.takes({"$ref": "#/components/schemas/A"})}
    paths = {f"/{i}": {"post": {"operationId": f"a{i}", **post}} for i in range(3)}
    harm = audit_of(paths, schemas={"A": {"type": "object", "properties": {"a": {"type": "string"}}}}).one(
        "text_unbounded"
    )
    assert "and 2 more" in harm.message and len(harm.operations) == 3


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_referenced_text_is_bounded_where_it_is_written(audit_of, make, version):
    whole = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Text"}}}
    found = audit_of(
        {"/a": {"post": {"requestBody": make.takes(whole)}}}, version=version, schemas={"Text": {"type": "string"}}
    )
    found.mended("text_unbounded")


@pytest.mark.parametrize("content", [{}, {"schema": {"type": "string", "format": "binary"}}])
def test_an_upload_gets_a_largest_length(audit_of, content):
    paths = {"/a": {"put": {"requestBody": {"content": {"application/octet-stream": content}}}}}
    after = audit_of(paths).mended("upload_unbounded").compiled
    assert after.document["operations"][0]["body"]["media"][0]["kind"]["opaque"]["max_bytes"] == 10 * 1024 * 1024


def test_answers_are_not_bounded_by_it(audit_of, make):
    assert audit_of({"/a": {"get": {"responses": make.answer({"type": "string"})}}}).of("text_unbounded") == []
