"""What real contracts get wrong without harm is read as meant, and told; the code of each warning is named here."""

from __future__ import annotations

import pytest

from firstclass.compiler.schema_keywords import OPENAPI_30, OPENAPI_31


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


def slips(keyword):
    """What a keyword becomes by one slip of the hand: a letter gone, doubled or swapped, other capitals, _."""
    for i in range(1, len(keyword)):
        yield keyword[:i] + keyword[i + 1 :]
        yield keyword[:i] + keyword[i] + keyword[i:]
    for i in range(len(keyword) - 1):
        yield keyword[:i] + keyword[i + 1] + keyword[i] + keyword[i + 2 :]
    yield from (
        keyword.upper(),
        keyword.capitalize(),
        f"{keyword}s",
        "".join(f"_{c.lower()}" if c.isupper() else c for c in keyword),
    )


DIALECTS = {"3.0.3": OPENAPI_30, "3.1.0": OPENAPI_31}
MISSPELT = [
    (version, keyword) for version, dialect in DIALECTS.items() for keyword in sorted(dialect.known) if len(keyword) > 2
]


@pytest.mark.parametrize(("version", "keyword"), MISSPELT)
def test_a_misspelt_keyword_is_never_merely_listed(compiled, make, version, keyword):
    """It would guard nothing, and its author believes that it does: an error, or a warning where it guards nothing."""
    misspelt = [each for each in dict.fromkeys(slips(keyword)) if each not in DIALECTS[version].known]
    assert len(misspelt) > 4
    schemas = {f"S{i}": {"type": "string", each: 1} for i, each in enumerate(misspelt)}
    content = {
        "application/json": {"schema": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas]}}
    }
    contract = {**make.operation(version, requestBody={"content": content}), "components": {"schemas": schemas}}
    result = compiled(contract)
    told = {(d.pointer, d.code) for d in (*result.errors, *result.warnings)}
    untold = [
        each
        for i, each in enumerate(misspelt)
        if not {(f"/components/schemas/S{i}/{each}", code) for code in ("unknown_keyword", "keyword_of_other_version")}
        & told
    ]
    assert untold == []
    assert [item for item in result.unenforced if item["what"].startswith("the keyword")] == []


def test_a_keyword_that_resembles_none_is_listed_with_its_line_and_vendors_are_let_be(compiled):
    contract = """\
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /a:
    post:
      operationId: a
      security: []
      requestBody:
        content:
          application/json:
            schema:
              type: object
              x-vendor: {anything: goes}
              faker: name.firstName
              properties:
                colour: {type: string, x-ui-widget: picker, palette: warm}
      responses: {"204": {description: ""}}
"""
    result = compiled(contract)
    assert (result.errors, result.warnings) == ((), ())
    assert [(item["what"], item["line"], item["column"]) for item in result.unenforced] == [
        ("the keyword 'faker'", 14, 15),
        ("the keyword 'palette'", 16, 61),
    ]
    assert all(item["why"] and item["file"] == "api.yaml" and item["pointer"] for item in result.unenforced)
