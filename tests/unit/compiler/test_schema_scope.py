"""`$id` and `$anchor` mean something where a schema stands, and nowhere else."""

import pytest

AT = "https://shop.example/real"
REAL = {"$id": AT, "type": "string"}
FALSE = {"$id": AT, "type": "null"}
# Ways to write down what is no schema, around something that looks like one.
IN_A_SCHEMA = {
    "an unknown keyword": lambda false: {"array_of_schemas": [false]},
    "an unknown keyword beside a known one": lambda false: {"type": "array", "shapes": {"a": false}},
    "a vendor's keyword": lambda false: {"x-shapes": false},
    "an enum": lambda false: {"enum": [false]},
    "a const": lambda false: {"const": false},
    "an example": lambda false: {"example": false},
    "a list of examples": lambda false: {"examples": [false]},
    "a default": lambda false: {"default": false},
    "a property's unknown keyword": lambda false: {"properties": {"p": {"shape": false}}},
    "an unknown keyword under not": lambda false: {"not": {"shapes": {"not": false}}},
}
IN_THE_CONTRACT = {
    "a vendor's keyword": {"x-shapes": {"schema": FALSE}},
    "a vendor's keyword of components": {"components": {"x-shapes": {"schemas": {"A": FALSE}}}},
    "an example of components": {"components": {"examples": {"a": {"value": {"schema": FALSE}}}}},
    "the value of a link": {"components": {"links": {"a": {"requestBody": {"schema": FALSE}}}}},
}


def contract(make, **rest):
    """An operation that takes what `AT` names, and the schema of that name."""
    return make.schema({"$ref": AT}, **rest, Real=REAL)


class TestWhatIsNoSchema:
    """It names nothing, wherever it stands, before or after the schema that has the name."""

    @pytest.mark.parametrize("place", IN_A_SCHEMA)
    def test_an_id_in_a_schema_names_nothing_unless_a_schema_stands_there(self, sound, make, place):
        false = IN_A_SCHEMA[place](FALSE)
        for components in ({"Real": REAL, "False": false}, {"False": false, "Real": REAL}):
            assert sound(make.schema({"$ref": AT}, **components))["schemas"] == [{"types": ["string"]}]

    @pytest.mark.parametrize("place", IN_A_SCHEMA)
    @pytest.mark.parametrize("anchor", ["$anchor", "$dynamicAnchor"])
    def test_an_anchor_in_a_schema_names_nothing_unless_a_schema_stands_there(self, sound, make, place, anchor):
        false = IN_A_SCHEMA[place]({anchor: "here", "type": "null"})
        named = {anchor: "here", "type": "string"}
        document = sound(make.schema({"$ref": "#here"}, AFalse=false, Named=named, ZFalse=false))
        assert document["schemas"] == [{"types": ["string"]}]

    @pytest.mark.parametrize("place", IN_THE_CONTRACT)
    def test_an_id_elsewhere_in_a_contract_names_nothing(self, sound, make, place):
        whole = contract(make)
        for key, value in IN_THE_CONTRACT[place].items():
            whole[key] = {**whole.get(key, {}), **value}
        assert sound(dict(reversed(whole.items())))["schemas"] == [{"types": ["string"]}]
        assert sound(whole)["schemas"] == [{"types": ["string"]}]

    def test_an_id_that_only_stands_where_no_schema_is_leads_nowhere(self, codes, make):
        assert set(codes(make.schema({"$ref": AT}, A={"shapes": [FALSE]}))) == {"remote_reference"}

    def test_a_part_of_a_schema_in_another_file_names_nothing(self, sound, make):
        parts = {"AFalse": {"not": {"shapes": [FALSE]}, "type": "string"}, "ZReal": REAL}
        whole = make.schema({"allOf": [{"$ref": "parts.json#/AFalse"}, {"$ref": "parts.json#/user"}]})
        files = {"parts.json": {**parts, "user": {"$ref": AT, "maxLength": 3}}}
        assert {"types": ["string"]} in sound(whole, files=files)["schemas"]


STRICT = {"type": "integer"}
LAX = {"type": "object"}
TWICE = {
    "$id": ({"$id": AT}, AT, "duplicate_schema_id"),
    "$anchor": ({"$anchor": "here"}, "#here", "duplicate_anchor"),
    "$dynamicAnchor": ({"$dynamicAnchor": "here"}, "#here", "duplicate_anchor"),
}


class TestNamesOfTwo:
    """What a reference to one of them means, nobody can say."""

    @pytest.mark.parametrize("word", TWICE)
    def test_two_schemas_of_one_name_are_an_error_that_names_both_places(self, compiled, make, word):
        name, reference, code = TWICE[word]
        for first, second in ((STRICT, LAX), (LAX, STRICT)):
            result = compiled(make.schema({"$ref": reference}, A={**name, **first}, B={**name, **second}))
            (error,) = result.errors
            assert error.code == code and error.hint and f"{error.file}:{error.line}" in error.message

    def test_an_anchor_and_a_dynamic_one_of_a_name_are_two(self, codes, make):
        two = {"A": {"$anchor": "here", **STRICT}, "B": {"$dynamicAnchor": "here", **LAX}}
        assert codes(make.schema({"$ref": "#here"}, **two)) == ["duplicate_anchor"]

    def test_a_schema_and_a_file_of_one_name_are_two(self, codes, make):
        whole = make.schema({"$ref": "api.yaml#/components/schemas/S"}, A={"$id": "api.yaml", **LAX}, S=STRICT)
        assert "duplicate_schema_id" in codes(whole)

    @pytest.mark.parametrize("reference", ["p.json", "p.json#/$defs/S"])
    def test_a_schema_and_another_file_of_one_name_are_two(self, codes, sound, make, reference):
        lax = {"A": {"$id": "p.json", "$defs": {"S": LAX}, **LAX}}
        whole = make.schema({"$ref": reference}, **lax)
        assert codes(whole, files={"p.json": {"$defs": {"S": STRICT}}}) == ["duplicate_schema_id"]
        assert sound(whole) and sound(whole, files={"p.json": lax["A"]})

    @pytest.mark.parametrize("word", TWICE)
    def test_copies_of_one_schema_are_one(self, sound, make, word):
        name, reference, _ = TWICE[word]
        copy = {**name, "type": "array", "items": {"enum": [1, "1"]}}
        assert sound(make.schema({"$ref": reference}, A=copy, B=dict(copy)))
        assert sound(make.schema({"$ref": reference}, A={**name, **STRICT}))

    def test_copies_that_differ_in_a_kind_of_value_are_two(self, codes, make):
        two = {"A": {"$id": AT, "enum": [1]}, "B": {"$id": AT, "enum": [True]}}
        assert codes(make.schema({"$ref": AT}, **two)) == ["duplicate_schema_id"]

    def test_one_anchor_in_two_resources_is_none_of_two(self, sound, make):
        one = {"$id": AT, "$defs": {"a": {"$anchor": "here", **STRICT}}}
        assert sound(make.schema({"$ref": "#here"}, A=one, B={"$anchor": "here", **LAX}))


OWN = {"$id": AT, "$ref": "#/$defs/S", "$defs": {"S": STRICT}}


class TestWhereAReferenceLeads:
    """A schema stands there, wherever that is: its own names hold inside of it."""

    @pytest.mark.parametrize(
        ("parts", "at"),
        [
            ({"title": "T", "$defs": {"S": LAX}, "User": OWN}, "User"),
            ({"$defs": {"S": LAX}, "User": OWN}, "User"),
            ({"$defs": {"S": LAX}, "items": {"User": OWN}}, "items/User"),
            ({"$defs": {"S": LAX}, "x-parts": [OWN]}, "x-parts/0"),
            ({"$defs": {"S": LAX}, "x-parts": {"a": {**OWN, "x-more": {"$ref": "#/$defs/S"}}}}, "x-parts/a/x-more"),
        ],
    )
    def test_in_a_file_of_parts(self, sound, make, parts, at):
        document = sound(make.schema({"$ref": f"p.json#/{at}"}), files={"p.json": parts})
        assert {"types": ["integer"]} in document["schemas"] and {"types": ["object"]} not in document["schemas"]

    def test_in_a_vendors_keyword_of_a_contract(self, sound, make):
        whole = make.schema({"$ref": "#/x-schemas/User"}, S=LAX)
        own = {"$ref": "#/components/schemas/S", "components": {"schemas": {"S": STRICT}}}
        whole["x-schemas"] = {"User": {"$id": AT, **own}}
        assert {"types": ["integer"]} in sound(whole)["schemas"]

    def test_in_a_vendors_keyword_that_a_response_stands_in(self, sound, make):
        whole = make.base()
        whole["paths"]["/a"]["get"]["responses"]["200"] = {"$ref": "#/x-responses/Done"}
        whole["x-responses"] = {"Done": {"description": "", "content": {"application/json": {"schema": OWN}}}}
        assert {"types": ["integer"]} in sound(whole)["schemas"]
