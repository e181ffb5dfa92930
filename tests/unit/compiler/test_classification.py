"""Masks, and that they fit what they stand on."""

import pytest

from firstclass.compiler.table_order import reachable, schema_roots


def _schema(type_, **classification):
    schema = {"x-data-classification": {"category": "contact", **classification}}
    return schema if type_ is None else {"type": type_, **schema}


def _masks(document):
    """The actions of masks that stand in answers."""
    schemas = document["schemas"]
    answers = [{**operation, "parameters": [], "body": None} for operation in document["operations"]]
    roots = [holder["schema"] for holder in schema_roots(answers)]
    shown = [schemas[index] for index in reachable(schemas, roots)]
    return [document["actions"][s["mask"]["action"]] for s in shown if "mask" in s]


def _in_object(schema):
    return {"type": "object", "properties": {"a": schema}}


@pytest.mark.parametrize(
    ("type_", "masking", "action"),
    [
        ("string", {"strategy": "remove"}, {"strategy": "remove"}),
        ("object", {"strategy": "remove"}, {"strategy": "remove"}),
        ("array", {"strategy": "remove"}, {"strategy": "remove"}),
        ("integer", {"strategy": "remove"}, {"strategy": "remove"}),
        ("string", {"strategy": "full"}, {"strategy": "full"}),
        (["string", "null"], {"strategy": "hash"}, {"strategy": "hash"}),
        (
            "string",
            {"strategy": "partial", "keep": "last-4"},
            {"strategy": "partial", "keep": "last", "count": 4, "mask_char": "*"},
        ),
        (
            "string",
            {"strategy": "partial", "keep": "first-1", "maskChar": "•"},
            {"strategy": "partial", "keep": "first", "count": 1, "mask_char": "•"},
        ),
        (
            "string",
            {"strategy": "regex", "pattern": "^(.).*", "replacement": "$1$$"},
            {"strategy": "regex", "pattern": 0, "replacement": "$1$$"},
        ),
    ],
)
def test_each_strategy_becomes_an_action(sound, make, type_, masking, action):
    document = sound(make.schema(_in_object(_schema(type_, masking=masking))))
    assert _masks(document) == [action]
    assert document["categories"] == ["contact"] and "masking" in document["requires"]


def test_without_masking_a_string_is_hidden_and_everything_else_removed(sound, make):
    assert _masks(sound(make.schema(_in_object(_schema("string"))))) == [{"strategy": "full"}]
    assert _masks(sound(make.schema(_in_object(_schema("integer"))))) == [{"strategy": "remove"}]
    assert _masks(sound(make.schema(_in_object(_schema(None))))) == [{"strategy": "remove"}]


def test_public_data_is_not_masked(sound, make):
    document = sound(make.schema(_schema("string", sensitivity="public", masking={"strategy": "full"})))
    assert _masks(document) == [] and document["categories"] == []


def test_an_unusual_sensitivity_is_masked_with_a_warning(compiled, make):
    result = compiled(make.schema(_schema("string", sensitivity="tlp-red")))
    assert _masks(result.document) == [{"strategy": "full"}]
    assert {w.code for w in result.warnings} == {"sensitivity_unknown"}


def test_requests_carry_the_mask_that_could_come_back(schemas):
    request, response, _ = schemas(_schema("string"))
    assert request["mask"] == response["mask"]
    for gone in (_schema("integer"), {**_schema("string"), "writeOnly": True}):
        request, _, _ = schemas(_in_object(gone))
        assert "mask" not in request


@pytest.mark.parametrize("type_", ["integer", "number", "boolean", "object", "array", ["string", "integer"], None])
@pytest.mark.parametrize("strategy", ["full", "hash"])
def test_a_mask_that_does_not_fit_its_type_is_an_error(codes, make, type_, strategy):
    assert set(codes(make.schema(_schema(type_, masking={"strategy": strategy})))) == {"mask_does_not_fit"}


def test_the_type_is_found_through_references_and_combinations(sound, codes, make):
    full = {"x-data-classification": {"category": "c", "masking": {"strategy": "full"}}}
    reference = {"$ref": "#/components/schemas/Name"}
    assert sound(make.schema({**reference, **full}, Name={"type": "string"}))
    assert sound(make.schema({"enum": ["a", "b"], **full}))
    assert sound(make.schema({"anyOf": [{"type": "string"}, {"type": "null"}], **full}))
    assert set(codes(make.schema({"allOf": [reference, {"minimum": 1}], **full}, Name={"type": "integer"}))) == {
        "mask_does_not_fit"
    }
    assert set(codes(make.schema({"anyOf": [{"type": "string"}, {"type": "object"}], **full}))) == {"mask_does_not_fit"}


@pytest.mark.parametrize(
    ("classification", "code"),
    [
        ({"masking": {"strategy": "remvoe"}}, "masking_strategy_unknown"),
        ({"masking": {}}, "masking_strategy_unknown"),
        ({"masking": {"strategy": "tokenize"}}, "not_enforceable_yet"),
        ({"masking": {"strategy": "partial"}}, "masking_invalid"),
        ({"masking": {"strategy": "partial", "keep": "middle-4"}}, "masking_invalid"),
        ({"masking": {"strategy": "partial", "keep": "last-4", "maskChar": "**"}}, "masking_invalid"),
        ({"masking": {"strategy": "partial", "keep": "last-4", "mask_char": "*"}}, "unknown_key"),
        ({"masking": {"strategy": "full", "keep": "last-4"}}, "unknown_key"),
        ({"masking": {"strategy": "regex", "pattern": "a"}}, "masking_invalid"),
        ({"masking": {"strategy": "regex", "pattern": "(a)(?:b)\\(", "replacement": "$2"}}, "masking_invalid"),
        ({"masking": {"strategy": "regex", "pattern": "a", "replacement": "$&"}}, "masking_invalid"),
        ({"masking": {"strategy": "regex", "pattern": "^(?=a)b", "replacement": ""}}, "pattern_not_enforceable"),
        ({"masking": {"strategy": "regex", "pattern": "(", "replacement": ""}}, "pattern_not_enforceable"),
        ({"masking": "full"}, "wrong_type"),
        ({"sensitivity": "publik"}, "classification_invalid"),
        ({"sensitivity": 3}, "classification_invalid"),
        ({"categorie": "x"}, "unknown_key"),
        ({"category": None}, "classification_invalid"),
    ],
)
def test_what_cannot_be_meant_is_an_error(codes, make, classification, code):
    assert set(codes(make.schema(_schema("string", **classification)))) == {code}


def test_a_misspelt_strategy_is_told_the_right_one(compiled, make):
    error = compiled(make.schema(_schema("string", masking={"strategy": "remvoe"}))).errors[0]
    assert error.hint == "did you mean 'remove'?"


def test_there_are_at_most_64_categories(sound, codes, make):
    def contract(count):
        properties = {f"p{i}": {"type": "string", "x-data-classification": {"category": f"c{i}"}} for i in range(count)}
        return make.schema({"type": "object", "properties": properties})

    assert len(sound(contract(64))["categories"]) == 64
    assert set(codes(contract(65))) == {"too_many_categories"}


def test_classified_data_in_a_body_that_cannot_be_read_is_an_error(codes, make):
    schema = {"type": "object", "properties": {"a": _schema("string")}}
    assert codes(make.schema(schema, media_type="text/csv")) == ["unreadable_classified"]
    public = {"type": "object", "properties": {"a": _schema("string", sensitivity="public")}}
    assert codes(make.schema(public, media_type="text/csv")) == []


def test_a_header_of_an_answer_can_be_masked(sound, make):
    header = {"schema": _schema("string")}
    document = sound(make.operation(responses={"200": {"description": "", "headers": {"X-Mail": header}}}))
    assert _masks(document) == [{"strategy": "full"}]


def test_a_whole_answer_cannot_be_removed(compiled, make):
    error = compiled(make.schema(_schema("object", masking={"strategy": "remove"}))).errors[0]
    assert (error.code, error.hint) == ("mask_does_not_fit", "classify the properties instead")


def test_a_misspelt_strategy_names_the_right_word(compiled, make):
    said = {"category": "contact", "masking": {"strategie": "partial"}}
    result = compiled(make.schema({"type": "string", "x-data-classification": said}))
    assert {(error.code, error.hint) for error in result.errors} == {("unknown_key", "did you mean 'strategy'?")}
