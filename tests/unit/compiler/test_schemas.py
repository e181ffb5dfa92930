"""Contract schemas lowered to the bundle's table, in both directions and both dialects."""

import json
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from firstclass.compiler import encode

REF = {"$ref": "#/components/schemas/A"}


def test_a_lone_reference_is_its_target(schemas):
    request, response, table = schemas(REF, A={"type": "integer", "minimum": 1})
    assert request == response == {"types": ["integer"], "minimum": 1}
    assert len(table) == 1


def test_an_allof_of_one_is_its_member(schemas):
    request, _, table = schemas({"allOf": [REF], "description": "x"}, "3.0.3", A={"type": "integer"})
    assert request == {"types": ["integer"]} and len(table) == 1


def test_a_recursive_schema_refers_to_itself_by_index(schemas):
    request, _, table = schemas(REF, A={"type": "object", "properties": {"next": REF}})
    assert table[request["properties"][0][1]] is request


def test_a_reference_with_siblings_applies_both_in_3_1(schemas):
    request, _, table = schemas({**REF, "maxLength": 3}, A={"type": "string"})
    assert request["max_length"] == 3 and table[request["reference"]] == {"types": ["string"]}


def test_siblings_of_a_reference_in_3_0_are_ignored_with_a_warning_and_never_guards(compiled, codes, make):
    result = compiled(make.schema({**REF, "maxLength": 3}, "3.0.3", A={"type": "string"}))
    assert {w.code for w in result.warnings} == {"ref_siblings"}
    assert result.document["schemas"] == [{"types": ["string"]}]
    for guard in ({"readOnly": True}, {"x-data-classification": {"category": "a"}}):
        assert set(codes(make.schema({**REF, **guard}, "3.0.3", A={"type": "string"}))) == {"ref_siblings"}


def test_a_circle_of_references_without_a_schema_is_an_error(codes, make):
    contract = make.schema(REF, A={"$ref": "#/components/schemas/B"}, B=REF)
    assert "circular_reference" in codes(contract)


def test_readonly_is_refused_in_requests_and_not_required_there(schemas):
    schema = {
        "type": "object",
        "required": ["id", "a"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "a": {"type": "string"}},
    }
    request, response, table = schemas(schema)
    assert request["required"] == ["a"] and response["required"] == ["id", "a"]
    assert table[request["properties"][0][1]] == {"never": "readOnly"}
    assert table[response["properties"][0][1]] == {"types": ["integer"]}


def test_writeonly_is_dropped_from_answers_and_not_required_there(schemas):
    schema = {"type": "object", "required": ["pin"], "properties": {"pin": {"type": "string", "writeOnly": True}}}
    request, response, table = schemas(schema)
    assert request["required"] == ["pin"] and "required" not in response
    assert table[response["properties"][0][1]] == {"dropped": True}


def test_readonly_is_found_behind_a_reference_and_required_beside_an_allof(schemas):
    base = {"type": "object", "properties": {"id": {"$ref": "#/components/schemas/Id"}}}
    schema = {"allOf": [REF, {"required": ["id"]}]}
    request, response, table = schemas(schema, "3.0.3", A=base, Id={"type": "integer", "readOnly": True})
    assert [table[i].get("required") for i in request["all_of"]] == [None, None]
    assert [table[i].get("required") for i in response["all_of"]] == [None, ["id"]]


def test_booleans_are_schemas_in_3_1(schemas):
    request, _, table = schemas({"properties": {"a": True, "b": False}})
    assert [table[i] for _, i in request["properties"]] == [{}, {"never": "false"}]


def test_additional_properties_are_kept_as_written(schemas):
    assert "additional" not in schemas({"type": "object"})[0]
    request, _, table = schemas({"additionalProperties": False}, "3.0.3")
    assert table[request["additional"]] == {"never": "false"}
    request, _, table = schemas({"additionalProperties": {"type": "string"}})
    assert table[request["additional"]] == {"types": ["string"]}


def test_numbers_keep_their_exact_text(compiled, make):
    text = json.dumps(make.schema("HERE")).replace(
        '"HERE"', "{minimum: 0.10, maximum: 9007199254740993, multipleOf: 1e-2}"
    )
    document = compiled(text).document
    expected = {"minimum": Decimal("0.10"), "maximum": 9007199254740993, "multiple_of": Decimal("0.01")}
    assert document["schemas"][0] == expected
    assert b'"minimum":0.10' in encode(document) and b"9007199254740993" in encode(document)


def test_nullable_and_exclusive_bounds_of_3_0(schemas):
    assert schemas({"type": "string", "nullable": True}, "3.0.3")[0]["types"] == ["string", "null"]
    request = schemas({"minimum": 1, "exclusiveMinimum": True, "maximum": 5, "exclusiveMaximum": False}, "3.0.3")[0]
    assert request == {"exclusive_minimum": 1, "maximum": 5}


def test_bounds_and_constants_of_3_1(schemas):
    assert schemas({"exclusiveMinimum": 1, "const": {"a": 1}})[0] == {"exclusive_minimum": 1, "enum": [{"a": 1}]}
    request, _, table = schemas({"const": 1, "enum": [1, 2]})
    assert request["enum"] == [1, 2] and [table[i] for i in request["all_of"]] == [{"enum": [1]}]


def test_every_applicator_is_lowered(schemas):
    part = {"type": "string"}
    names = {
        "items": "items",
        "contains": "contains",
        "unevaluatedItems": "unevaluated_items",
        "propertyNames": "property_names",
        "unevaluatedProperties": "unevaluated_properties",
        "not": "not",
        "if": "if",
        "then": "then",
        "else": "else",
    }
    request, _, table = schemas(dict.fromkeys(names, part))
    assert set(request) == set(names.values())
    assert all(table[index] == {"types": ["string"]} for index in request.values())
    lists = {"prefixItems": "prefix_items", "anyOf": "any_of", "oneOf": "one_of", "allOf": "all_of"}
    request, _, _ = schemas({name: [part, part] for name in lists})
    assert {name: len(indexes) for name, indexes in request.items()} == dict.fromkeys(lists.values(), 2)


def test_every_map_and_count_is_lowered(schemas):
    part = {"type": "string"}
    request, _, _ = schemas(
        {
            "patternProperties": {"^a": part},
            "dependentRequired": {"a": ["b"]},
            "dependentSchemas": {"a": part},
            "dependencies": {"c": ["d"], "e": part},
        }
    )
    assert request["dependent_required"] == [["a", ["b"]], ["c", ["d"]]]
    assert [name for name, _ in request["dependent_schemas"]] == ["a", "e"]
    assert len(request["pattern_properties"]) == 1
    counts = {"minItems": "min_items", "maxItems": "max_items", "minProperties": "min_properties"}
    request, _, _ = schemas({**dict.fromkeys(counts, 2), "contains": part, "minContains": 0, "uniqueItems": True})
    assert [request[name] for name in (*counts.values(), "min_contains")] == [2, 2, 2, 0]
    assert request["unique_items"] is True
    assert "min_contains" not in schemas({"minContains": 1})[0]


def test_items_as_a_list_belong_to_3_0(schemas, codes, make):
    request, _, table = schemas({"items": [{"type": "string"}], "additionalItems": False}, "3.0.3")
    assert [table[i] for i in request["prefix_items"]] == [{"types": ["string"]}]
    assert table[request["items"]] == {"never": "false"}
    assert set(codes(make.schema({"items": [{}]}))) == {"wrong_type"}


def test_look_aheads_become_conditions_of_their_own(sound, make):
    document = sound(make.schema({"type": "string", "pattern": r"^(?=.*\d)(?!x).{2,}$"}))
    table = document["schemas"]
    request = table[0]
    assert document["patterns"][request["pattern"]]["regex"].startswith("^[^")
    positive, negative = (table[i] for i in request["all_of"])
    assert "pattern" in positive
    assert table[negative["not"]]["types"] == ["string"]


def test_a_waived_pattern_is_listed_and_capped_in_requests(compiled, make):
    schema = {"type": "string", "pattern": r"(?<=a)b", "x-firstclass": {"pattern": "unchecked"}}
    result = compiled(make.schema(schema))
    assert not result.errors
    assert {"types": ["string"], "max_length": 1024} in result.document["schemas"]
    assert {"types": ["string"]} in result.document["schemas"]
    assert any("(?<=a)b" in item["what"] for item in result.unenforced)


def test_formats_are_enforced_or_listed(compiled, make):
    schema = {
        "properties": {
            "a": {"type": "string", "format": "date"},
            "b": {"type": "string", "format": "iban"},
            "c": {"type": "string", "format": "password"},
        }
    }
    result = compiled(make.schema(schema))
    assert [s["format"] for s in result.document["schemas"] if "format" in s][:1] == ["date"]
    assert {item["what"] for item in result.unenforced} == {"format: iban"}


@pytest.mark.parametrize(
    ("schema", "version", "code"),
    [
        ({"typ": "string"}, "3.1.0", "unknown_keyword"),
        ({"propertys": {}}, "3.1.0", "unknown_keyword"),
        ({"$recursiveRef": "#"}, "3.1.0", "unknown_keyword"),
        ({"$dynamicRef": "#"}, "3.0.3", "unknown_keyword"),
        ({"type": "strnig"}, "3.1.0", "unknown_type"),
        ({"type": 3}, "3.1.0", "unknown_type"),
        ({"minLength": -1}, "3.1.0", "wrong_type"),
        ({"minLength": 1.5}, "3.1.0", "wrong_type"),
        ({"minLength": True}, "3.1.0", "wrong_type"),
        ({"minimum": "1"}, "3.1.0", "wrong_type"),
        ({"multipleOf": 0}, "3.1.0", "wrong_type"),
        ({"exclusiveMinimum": "1"}, "3.1.0", "wrong_type"),
        ({"exclusiveMinimum": "true"}, "3.0.3", "wrong_type"),
        ({"required": [1]}, "3.1.0", "wrong_type"),
        ({"enum": 1}, "3.1.0", "wrong_type"),
        ({"allOf": []}, "3.1.0", "wrong_type"),
        ({"properties": []}, "3.1.0", "wrong_type"),
        ({"pattern": "(a"}, "3.1.0", "pattern_not_enforceable"),
        ({"patternProperties": {"(": {}}}, "3.1.0", "pattern_not_enforceable"),
        ({"$ref": "#/components/schemas/Nope"}, "3.1.0", "dangling_reference"),
        ({"$ref": "#nope"}, "3.1.0", "dangling_reference"),
        ({"$ref": "https://a.example/s.json"}, "3.1.0", "remote_reference"),
        ({"$ref": 1}, "3.1.0", "wrong_type"),
        ({"$schema": "https://json-schema.org/draft/2019-09/schema"}, "3.1.0", "unknown_dialect"),
        ({"x-data-clasification": {}}, "3.1.0", "unknown_keyword"),
        ({"uniqueItems": "yes"}, "3.1.0", "wrong_type"),
        (3, "3.1.0", "wrong_type"),
        (True, "3.0.3", "wrong_type"),
    ],
)
def test_what_a_schema_cannot_mean_is_an_error(codes, make, schema, version, code):
    assert set(codes(make.schema(schema, version))) == {code}


def test_what_a_text_holds_is_listed_and_not_enforced(compiled, make):
    held = {"contentMediaType": "application/json", "contentSchema": {"type": "object"}, "contentEncoding": "base64"}
    result = compiled(make.schema({"type": "string", **held}, "3.1.0"))
    assert not result.errors
    assert {item["what"] for item in result.unenforced} == {f"the keyword {key!r}" for key in held}


def test_an_unknown_keyword_that_resembles_none_is_listed(compiled, make):
    result = compiled(make.schema({"type": "string", "colour": "red", "x-ui": 1}))
    assert not result.errors
    assert {item["what"] for item in result.unenforced} == {"the keyword 'colour'"}


class TestDiscriminator:
    """The branch that a property names."""

    BOOK: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"kind": {"type": "string"}, "pages": {"type": "integer"}},
    }
    DISC: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"kind": {"type": "string"}, "minutes": {"type": "integer"}},
    }
    BRANCHES: ClassVar[list[Any]] = [{"$ref": "#/components/schemas/Book"}, {"$ref": "#/components/schemas/Disc"}]

    def _mapping(self, schemas, discriminator, **kinds):
        request, _, _ = schemas(
            {"oneOf": self.BRANCHES, "discriminator": discriminator}, Book=self.BOOK, Disc=self.DISC
        )
        one_of = request["one_of"]
        return {word: one_of.index(index) for word, index in request["discriminator"]["mapping"]}

    def test_names_of_schemas_are_implicit(self, schemas):
        assert self._mapping(schemas, {"propertyName": "kind"}) == {"Book": 0, "Disc": 1}

    def test_words_of_a_mapping_are_added_by_name_or_reference(self, schemas):
        mapping = {"b": "Book", "d": "#/components/schemas/Disc"}
        assert self._mapping(schemas, {"propertyName": "kind", "mapping": mapping}) == {
            "b": 0,
            "d": 1,
            "Book": 0,
            "Disc": 1,
        }

    @pytest.mark.parametrize(
        ("discriminator", "code"),
        [
            ({}, "discriminator_invalid"),
            ({"propertyName": "kind", "mapping": {"m": "#/components/schemas/Map"}}, "dangling_reference"),
            ({"propertyname": "kind"}, "unknown_key"),
        ],
    )
    def test_a_mapping_that_leads_nowhere_is_an_error(self, codes, make, discriminator, code):
        schema = {"oneOf": self.BRANCHES, "discriminator": discriminator}
        contract = make.schema(schema, Book=self.BOOK, Disc=self.DISC, Else={"type": "object"})
        assert code in codes(contract)

    def test_on_a_base_schema_it_says_nothing_more(self, schemas):
        request, _, _ = schemas({**self.BOOK, "discriminator": {"propertyName": "kind"}})
        assert "discriminator" not in request


class TestIdentifiers:
    """`$id`, `$anchor` and `$dynamicRef` of 2020-12."""

    def test_an_id_changes_what_references_are_relative_to(self, schemas):
        inner = {"$id": "https://x.example/inner", "$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}
        assert schemas(REF, A=inner)[0] == {"types": ["integer"]}

    def test_a_schema_can_be_named_by_its_id(self, schemas):
        assert schemas({"$ref": "https://x.example/b"}, B={"$id": "https://x.example/b", "type": "null"})[0] == {
            "types": ["null"]
        }

    def test_an_anchor_is_found_in_its_own_resource(self, schemas, codes, make):
        assert schemas({"$ref": "#here"}, B={"$anchor": "here", "type": "null"})[0] == {"types": ["null"]}
        other = {"$id": "https://x.example/b", "$defs": {"a": {"$anchor": "here", "type": "null"}}}
        assert set(codes(make.schema({"$ref": "#here"}, B=other))) == {"dangling_reference"}

    def test_a_dynamic_reference_takes_the_outermost_anchor(self, schemas):
        tree = {
            "$id": "https://x.example/tree", "$dynamicAnchor": "node", "type": "object",
            "properties": {"children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
        }  # fmt: skip
        strict = {
            "$id": "https://x.example/strict",
            "$dynamicAnchor": "node",
            "$ref": "tree",
            "unevaluatedProperties": False,
        }
        request, _, table = schemas({"$ref": "https://x.example/strict"}, Tree=tree, Strict=strict)
        tree_node = table[request["reference"]]
        items = table[table[tree_node["properties"][0][1]]["items"]]
        assert table[items["reference"]] is request


@pytest.mark.parametrize(
    ("more", "warned"),
    [({}, True), ({"items": False}, False), ({"unevaluatedItems": False}, False), ({"maxItems": 1}, False)],
)
def test_a_tuple_without_an_end_is_told(compiled, make, more, warned):
    result = compiled(make.schema({"type": "array", "prefixItems": [{"type": "string"}], **more}))
    assert not result.errors
    assert any(warning.code == "open_tuple" for warning in result.warnings) == warned


@pytest.mark.parametrize(
    "child",
    [
        {"allOf": [{"$ref": "#/components/schemas/Id"}]},
        {"allOf": [{"$ref": "#/components/schemas/Id"}, {"minimum": 1}]},
        {"description": "x", "allOf": [{"allOf": [{"type": "integer", "readOnly": True}]}]},
    ],
)
def test_read_only_through_all_of_is_seen(sound, make, child):
    contract = make.schema(
        {"type": "object", "required": ["id"], "properties": {"id": child}}, Id={"type": "integer", "readOnly": True}
    )
    document = sound(contract)
    index = document["operations"][0]["body"]["media"][0]["kind"]["json"]["schema"]
    node = document["schemas"][index]
    assert "required" not in node
    assert document["schemas"][dict(node["properties"])["id"]] == {"never": "readOnly"}


def _anchored(make, count):
    """Resources that all refer to each other, each with a dynamic anchor of its own."""
    at = "https://e.example/{}"
    schemas = {
        f"R{one}": {
            "$id": at.format(one),
            "$dynamicAnchor": f"a{one}",
            "type": "object",
            "properties": {f"p{other}": {"$ref": at.format(other)} for other in range(count) if other != one},
        }
        for one in range(count)
    }
    return make.schema({"$ref": at.format(0)}, **schemas)


def test_the_order_of_dynamic_anchors_on_the_way_is_no_other_meaning(sound, make):
    """Each resource below each set of others: 8 · 2⁷ in each direction, not 8!."""
    assert len(sound(_anchored(make, 8))["schemas"]) <= 2 * 8 * 2**7


def test_dynamic_anchors_without_end_are_an_error(compiled, make):
    (error,) = compiled(_anchored(make, 30)).errors
    assert error.code == "too_large" and "$dynamicAnchor" in error.message
