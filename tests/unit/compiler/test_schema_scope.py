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
