"""What masked values are valid against, and where that is not the contract's own schema."""

import pytest
from jsonschema import Draft202012Validator

from firstclass.compiler.published import broken_keywords, masked_schema

PARTIAL = {"strategy": "partial", "keep": "last", "count": 4, "mask_char": "*"}
CARD = {"type": "string", "pattern": "^[0-9]{16}$", "minLength": 16, "maxLength": 16, "description": "A card."}


@pytest.mark.parametrize(
    ("schema", "action", "masked"),
    [
        (CARD, {"strategy": "full"}, "***"),
        (CARD, {"strategy": "hash"}, "Zm9vYmFyLWZvb2Jhci1mb2"),
        (CARD, PARTIAL, "************1234"),
        (CARD, {"strategy": "regex", "pattern": 0, "replacement": "$1~"}, "4~"),
        ({"type": "string", "enum": ["gold"]}, {"strategy": "full"}, "***"),
        ({"type": "string", "format": "date"}, {"strategy": "full"}, "***"),
        ({"type": ["string", "null"]}, {"strategy": "full"}, None),
        ({"type": ["string", "null"]}, PARTIAL, None),
        ({"type": "string", "nullable": True}, {"strategy": "hash"}, None),
    ],
)
def test_masked_values_are_valid_against_the_masked_schema(schema, action, masked):
    found = masked_schema(schema, action)
    Draft202012Validator.check_schema(found)
    assert Draft202012Validator(found).is_valid(masked)
    assert not Draft202012Validator(found).is_valid(4)


def test_what_is_removed_has_no_schema():
    assert masked_schema(CARD, {"strategy": "remove"}) is None


@pytest.mark.parametrize(
    ("schema", "action", "broken"),
    [
        (CARD, {"strategy": "full"}, ["pattern", "minLength"]),
        (CARD, PARTIAL, ["pattern"]),
        (CARD, {"strategy": "hash"}, ["pattern", "maxLength"]),
        (CARD, {"strategy": "remove"}, []),
        ({"enum": ["***", "x"], "maxLength": 3, "pattern": "^.+$"}, {"strategy": "full"}, []),
        ({"maxLength": 2}, {"strategy": "full"}, ["maxLength"]),
        ({"const": "x", "format": "email"}, {"strategy": "regex"}, ["const", "format"]),
    ],
)
def test_keywords_that_a_mask_breaks_are_named(schema, action, broken):
    assert broken_keywords(schema, action) == broken


def _warned(compiled, contract):
    result = compiled(contract)
    assert not result.errors
    return [(w.pointer, w.message) for w in result.warnings if w.code == "mask_breaks_schema"]


def _classified(strategy, **rest):
    return {"x-data-classification": {"category": "c", "masking": {"strategy": strategy}}, **rest}


def test_a_mask_that_breaks_its_schema_is_told_with_its_place(compiled, make):
    date = _classified("full", type="string", format="date")
    contract = make.schema({"$ref": "#/components/schemas/A"}, A={"type": "object", "properties": {"born": date}})
    ((pointer, message),) = _warned(compiled, contract)
    assert pointer == "/components/schemas/A/properties/born" and "full breaks format" in message


@pytest.mark.parametrize("is_referred_to", [False, True])
def test_a_required_property_that_is_removed_is_told(compiled, make, is_referred_to):
    gone = _classified("remove", type="integer")
    child = {"$ref": "#/components/schemas/Gone", "title": "x"} if is_referred_to else gone
    whole = {"type": "object", "required": ["id"], "properties": {"id": child}}
    contract = make.schema({"$ref": "#/components/schemas/A"}, A=whole, Gone=gone)
    ((pointer, message),) = _warned(compiled, contract)
    assert pointer == "/components/schemas/A/properties/id" and "'id' is required" in message


def test_masks_that_fit_are_not_mentioned(compiled, make):
    fits = {"a": _classified("full", type="string", maxLength=10), "b": _classified("remove", type="integer")}
    assert _warned(compiled, make.schema({"type": "object", "properties": fits})) == []
