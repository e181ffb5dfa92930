"""Objects that take or hold what nobody declared."""

import pytest


@pytest.mark.parametrize("anything", [True, {}, {"description": "whatever"}])
def test_a_request_of_anything_is_closed(audit_of, make, anything):
    body = make.takes({**make.things("title"), "additionalProperties": anything})
    found = audit_of({"/a": {"post": {"requestBody": body}}})
    assert found.one("request_of_anything").pointer.endswith("/schema/additionalProperties")
    found.mended("request_of_anything")


def test_an_answer_of_anything_is_closed(audit_of, make):
    got = make.answer({**make.things("title"), "additionalProperties": True})
    found = audit_of({"/a": {"get": {"responses": got}}})
    assert found.of("request_of_anything") == []
    found.mended("answer_of_anything")


def test_what_both_share_is_told_once(audit_of, make):
    whole = {"$ref": "#/components/schemas/A"}
    paths = {"/a": {"post": {"requestBody": make.takes(whole), "responses": make.answer(whole)}}}
    found = audit_of(paths, schemas={"A": {**make.things("title"), "additionalProperties": True}})
    assert "so may its answers" in found.one("request_of_anything").message
    assert found.of("answer_of_anything") == []


def test_a_composed_request_stays_valid(audit_of, make):
    """Closing one part with false would refuse the properties of the other."""
    one = {**make.things("a"), "additionalProperties": True}
    body = make.takes({"allOf": [one, make.things("b")]})
    after = audit_of({"/a": {"post": {"requestBody": body}}}).mended("request_of_anything")
    assert "additional" not in str(after.compiled.document["schemas"])


def test_a_map_of_something_is_a_description(audit_of, make):
    text = {"type": "string", "maxLength": 9}
    body = make.takes({"type": "object", "additionalProperties": text})
    found = audit_of({"/a": {"post": {"requestBody": body, "responses": make.answer(body["content"])}}})
    assert [h for h in found.audit.harms if h.code.endswith("anything") or h.code == "request_undescribed"] == []


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"description": "the order"}])
def test_a_request_without_properties_is_told(audit_of, make, schema):
    found = audit_of({"/a": {"post": {"requestBody": make.takes(schema)}}})
    assert "does not name its properties" in found.one("request_undescribed").message
    found.mended("request_undescribed")


def test_a_request_without_a_schema_is_told(audit_of):
    found = audit_of({"/a": {"post": {"requestBody": {"content": {"application/json": {}}}}}})
    found.mended("request_undescribed")


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}, {"enum": [1]}])
def test_a_request_that_is_no_object_is_left_alone(audit_of, make, schema):
    assert audit_of({"/a": {"post": {"requestBody": make.takes(schema)}}}).of("request_undescribed") == []
