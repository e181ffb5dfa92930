"""What real contracts get wrong without harm is read as meant, and told; the code of each warning is named here."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("schema", "version", "expected", "code"),
    [
        ({"type": "string", "nullable": True}, "3.1.0", {"types": ["string", "null"]}, "keyword_of_other_version"),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            "3.1.0",
            {"types": ["integer"], "exclusive_minimum": 1},
            "keyword_of_other_version",
        ),
        (
            {"type": "integer", "exclusiveMinimum": 1},
            "3.0.3",
            {"types": ["integer"], "exclusive_minimum": 1},
            "keyword_of_other_version",
        ),
        ({"const": 1}, "3.0.3", {"enum": [1]}, "keyword_of_other_version"),
        ({"type": "file"}, "3.0.3", {"types": ["string"]}, "keyword_of_other_version"),
        ({"type": "string", "enum": [1, True]}, "3.0.3", {"types": ["string"], "enum": ["1", "true"]}, None),
        ({"type": "integer", "enum": ["1"]}, "3.0.3", {"types": ["integer"], "enum": [1]}, "enum_of_other_type"),
        ({"type": "boolean", "enum": ["true"]}, "3.1.0", {"types": ["boolean"], "enum": [True]}, "enum_of_other_type"),
        ({"type": "string", "required": True}, "3.0.3", {"types": ["string"]}, "required_without_effect"),
        ({"type": "string", "descripton": "x"}, "3.1.0", {"types": ["string"]}, "unknown_keyword"),
    ],
)
def test_a_harmless_mistake_is_read_as_it_is_meant(compiled, schemas, make, schema, version, expected, code):
    assert schemas(schema, version)[0] == expected
    assert (code or "enum_of_other_type") in {w.code for w in compiled(make.schema(schema, version)).warnings}


def test_nullable_without_a_type_is_null_or_what_stands_there(schemas):
    request, _, table = schemas(
        {"nullable": True, "allOf": [{"$ref": "#/components/schemas/A"}]}, "3.0.3", A={"type": "object"}
    )
    assert [table[index] for index in request["any_of"]] == [{"types": ["object"]}, {"types": ["null"]}]


def test_recursion_of_2019_leads_to_the_nearest_anchor(schemas):
    tree = {
        "$recursiveAnchor": True,
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$recursiveRef": "#"}}},
    }
    request, _, table = schemas({"$ref": "#/components/schemas/Tree"}, Tree=tree)
    below = table[dict(request["properties"])["below"]]
    assert table[table[below["items"]]["all_of"][0]] == request


def test_a_discriminator_that_cannot_choose_leaves_the_choice_to_the_alternatives(compiled, make):
    a = {"type": "object", "properties": {"kind": {"type": "string"}}}
    one_of = [{"$ref": "#/components/schemas/A"}, {"type": "string"}]
    schema = {"oneOf": one_of, "discriminator": {"propertyName": "kind"}}
    result = compiled(make.schema(schema, A=a))
    assert not result.errors and not any("discriminator" in s for s in result.document["schemas"])
    assert {w.code for w in result.warnings} == {"discriminator_invalid"}


def test_a_word_of_a_discriminator_that_leads_past_the_alternatives_is_nobodys(compiled, make):
    a = {"type": "object", "properties": {"kind": {"type": "string"}}}
    mapping = {"a": "#/components/schemas/A", "b": "#/components/schemas/B"}
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/A"}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    result = compiled(make.schema(schema, A=a, B=a))
    assert {w.code for w in result.warnings} == {"discriminator_invalid"}
    (found,) = {
        tuple(word for word, _ in s["discriminator"]["mapping"])
        for s in result.document["schemas"]
        if s.get("discriminator")
    }
    assert found == ("a",) or set(found) == {"a", "A"}


def test_an_alternative_that_cannot_be_checked_lets_nobody_in_and_is_told(compiled, make):
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "basic": {"type": "http", "scheme": "basic"}}
    contract = {
        **make.operation(security=[{"basic": []}, {"key": []}]),
        "components": {"securitySchemes": schemes},
    }
    result = compiled(contract)
    assert result.document["operations"][0]["access"] == {"any_of": [[{"scheme": 0, "scopes": []}]]}
    assert [w.code for w in result.warnings] == ["alternative_refused"]
    contract["paths"]["/a"]["post"]["security"] = [{"basic": []}]
    assert [e.code for e in compiled(contract).errors] == ["not_enforceable_yet"]


def test_a_version_that_is_a_number_is_taken_as_written(compiled, make):
    contract = {**make.base(), "info": {"title": "T", "version": 2}}
    result = compiled(contract)
    assert result.document["api"]["version"] == "2" and [w.code for w in result.warnings] == ["missing_key"]


def test_one_media_type_with_two_parameters_is_one_where_nothing_differs(compiled, make):
    schema = {"schema": {"type": "object"}}
    content = {"application/json": schema, "application/json;v=2": schema}
    assert [e.code for e in compiled(make.operation(requestBody={"content": content})).errors] == [
        "duplicate_media_type"
    ]
    text = """openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /a:
    post:
      operationId: a
      security: []
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/A"}}
          application/json;v=2: {schema: {$ref: "#/components/schemas/A"}}
      responses: {"204": {description: ""}}
components: {schemas: {A: {type: object}}}
"""
    assert not compiled(text).errors


def test_another_spelling_of_a_measure_is_held_as_meant(schemas):
    assert schemas({"type": "array", "min_items": 2, "MaxItems": 3})[0] == {
        "types": ["array"],
        "min_items": 2,
        "max_items": 3,
    }
