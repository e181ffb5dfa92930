"""How text is read as JSON."""

import pytest

NAMED = {
    "Name": {"type": "string"},
    "Tree": {"type": "object", "properties": {"sub": {"$ref": "#/components/schemas/Tree"}}},
}


def _shape(sound, make, schema, version="3.1.0"):
    parameter = {"name": "p", "in": "query", "schema": schema}
    contract = {**make.operation(version, parameters=[parameter]), "components": {"schemas": NAMED}}
    return sound(contract)["operations"][0]["parameters"][0]["shape"]


@pytest.mark.parametrize(
    ("schema", "alone"),
    [
        ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"enum": ["a"]}}]}, ["string"]),
        ({"anyOf": [{"type": "array"}, {"type": "integer"}, {"type": "null"}]}, ["integer"]),
        ({"type": ["array", "string", "boolean"]}, ["boolean", "string"]),
        ({"type": "array"}, None),
        ({"type": ["array", "null"]}, None),
        ({"type": ["array", "string", "object"]}, None),
        ({"type": "string"}, None),
    ],
)
def test_a_value_that_may_be_a_list_may_stand_alone(sound, make, schema, alone):
    document = sound(make.operation("3.1.0", parameters=[{"name": "p", "in": "query", "schema": schema}]))
    (parameter,) = document["operations"][0]["parameters"]
    assert parameter.get("alone") == (alone and {"scalar": alone})
    assert ("value-or-list" in document["requires"]) == (alone is not None)


@pytest.mark.parametrize(
    ("schema", "joined"),
    [
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, True),
        ({"oneOf": [{"type": "integer", "maximum": 3}, {"type": "number", "minimum": 9}]}, True),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, False),
        ({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 3}]}, False),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, False),
    ],
)
def test_an_integer_is_a_number_as_well(sound, make, schema, joined):
    document = sound(make.operation("3.1.0", parameters=[{"name": "p", "in": "query", "schema": schema}]))
    node = document["schemas"][document["operations"][0]["parameters"][0]["schema"]]
    assert len(node.get("any_of", [])) == (2 if joined else 0) and len(node.get("one_of", [])) == (0 if joined else 2)


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"type": "integer"}, {"scalar": ["integer"]}),
        ({"type": ["string", "null", "boolean"]}, {"scalar": ["boolean", "null", "string"]}),
        ({"enum": ["a", 1, 1.5, True, None]}, {"scalar": ["boolean", "null", "integer", "number", "string"]}),
        ({"const": 3}, {"scalar": ["integer"]}),
        ({}, {"scalar": ["string"]}),
        ({"minimum": 1}, {"scalar": ["number", "string"]}),
        ({"$ref": "#/components/schemas/Name"}, {"scalar": ["string"]}),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, {"scalar": ["integer"]}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"scalar": ["integer", "string"]}),
        ({"type": "array", "items": {"type": "integer"}}, {"array": ["integer"]}),
        ({"type": "array"}, {"array": ["string"]}),
        ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}, {"array": ["integer"]}),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "boolean"}}},
            },
            {
                "object": {
                    "properties": [["a", {"scalar": ["integer"]}], ["b", {"array": ["boolean"]}]],
                    "additional": None,
                }
            },
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"object": {"properties": [], "additional": {"scalar": ["integer"]}}},
        ),
        (
            {"type": "object", "additionalProperties": True},
            {"object": {"properties": [], "additional": {"scalar": ["string"]}}},
        ),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "integer"}}},
                    {"properties": {"b": {"const": "x"}}},
                ]
            },
            {
                "object": {
                    "properties": [["a", {"scalar": ["integer"]}], ["b", {"scalar": ["string"]}]],
                    "additional": None,
                }
            },
        ),
    ],
)
def test_the_shape_follows_from_the_schema(sound, make, schema, shape):
    assert _shape(sound, make, schema) == shape


def test_nullable_of_3_0_is_read_from_text(sound, make):
    assert _shape(sound, make, {"type": "integer", "nullable": True}, "3.0.3") == {"scalar": ["null", "integer"]}


def test_a_recursive_object_ends(sound, make):
    parameter = {"name": "p", "in": "query", "style": "deepObject", "schema": {"$ref": "#/components/schemas/Tree"}}
    contract = {**make.operation(parameters=[parameter]), "components": {"schemas": NAMED}}
    assert "object" in sound(contract)["operations"][0]["parameters"][0]["shape"]
