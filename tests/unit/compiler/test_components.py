"""Mistakes in components that nothing refers to."""

import pytest

MASKED = {"type": "integer", "x-data-classification": {"category": "c", "masking": {"strategy": "full"}}}


def _warned(result):
    assert not result.errors and result.document is not None
    return [(warning.code, warning.pointer) for warning in result.warnings]


@pytest.mark.parametrize(
    ("components", "code", "pointer"),
    [
        ({"schemas": {"A": {"$ref": "#/components/schemas/B"}}}, "dangling_reference", "/components/schemas/A/$ref"),
        ({"schemas": {"A": MASKED}}, "mask_does_not_fit", ""),
        ({"schemas": {"A": {"type": "string", "patern": "a"}}}, "unknown_keyword", "/components/schemas/A/patern"),
        ({"schemas": {"A": {"properties": {"b": {"type": "strin"}}}}}, "", "/components/schemas/A/properties/b"),
        ({"parameters": {"P": {"name": "p", "in": "query"}}}, "missing_key", "/components/parameters/P"),
        ({"responses": {"R": {"headers": {"X": {"schema": MASKED}}}}}, "mask_does_not_fit", ""),
        ({"headers": {"H": {"schema": MASKED}}}, "mask_does_not_fit", "/components/headers/H"),
        ({"requestBodies": {"B": {"content": {}}}}, "missing_key", "/components/requestBodies/B"),
    ],
)
def test_a_mistake_that_nothing_refers_to_is_a_warning_with_its_place(compiled, make, components, code, pointer):
    ((found, where),) = _warned(compiled(make.base(components=components)))
    assert found.startswith(code) and where.startswith(pointer)


def test_a_mistake_that_is_in_use_is_told_once_and_is_an_error(compiled, make):
    contract = make.schema({"$ref": "#/components/schemas/A"}, A={"type": "strin"})
    result = compiled(contract)
    assert len(result.errors) == 1 and not [w for w in result.warnings if "refers to it" in w.message]


def test_sound_components_that_nothing_refers_to_change_nothing(compiled, make):
    components = {
        "schemas": {"A": {"type": "string"}, "B": {"$ref": "#/components/schemas/A"}},
        "parameters": {"P": {"name": "p", "in": "path", "required": True, "schema": {"type": "string"}}},
        "responses": {"R": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}},
    }
    without, result = compiled(make.base()), compiled(make.base(components=components))
    assert result.warnings == () and result.document == without.document
