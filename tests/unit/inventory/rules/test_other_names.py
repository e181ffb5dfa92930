"""Masked properties of open objects."""

import pytest

SSN = {
    "type": "string",
    "maxLength": 11,
    "x-data-classification": {"category": "identity", "sensitivity": "confidential", "masking": {"strategy": "full"}},
}
TEXTS = {"type": "string", "maxLength": 50}


def gives(audit_of, make, schema, **more):
    return audit_of({"/self": {"get": {"responses": make.answer(schema), **more}}})


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
@pytest.mark.parametrize("other", [True, TEXTS, {"type": "integer"}])
def test_any_other_name_passes_the_mask_by(audit_of, make, keyword, other):
    found = gives(audit_of, make, make.things("nickname", ssn=SSN) | {keyword: other})
    harm = found.one("mask_by_name")
    assert harm.message.startswith("ssn is masked or hidden by name alone, and any other name leaves (SSN too)")
    assert harm.pointer.endswith(f"/{keyword}") and keyword in harm.fix
    found.mended("mask_by_name")


def test_it_is_told_where_the_mask_stands_in_another_part(audit_of, make):
    parts = [make.things("nickname", ssn=SSN), {"type": "object", "additionalProperties": True}]
    gives(audit_of, make, {"allOf": parts}).mended("mask_by_name")


def test_what_leaves_nowhere_is_hidden_by_name_too(audit_of, make):
    secret = {**TEXTS, "writeOnly": True}
    found = gives(audit_of, make, make.things("nickname", passcode=secret) | {"additionalProperties": TEXTS})
    assert "PASSCODE" in found.one("mask_by_name").message


def test_closed_objects_and_masked_maps_are_left_alone(audit_of, make):
    whole = make.things("nickname", ssn=SSN)
    for more in ({}, {"additionalProperties": False}, {"additionalProperties": SSN}):
        assert gives(audit_of, make, whole | more).of("mask_by_name") == []
    assert gives(audit_of, make, make.things("nickname") | {"additionalProperties": TEXTS}).of("mask_by_name") == []


def test_values_that_cannot_pass_for_it_are_left_alone(audit_of, make):
    whole = make.things("nickname", ssn=SSN)
    lists = {"type": "array", "maxItems": 9, "items": TEXTS}
    assert gives(audit_of, make, whole | {"additionalProperties": lists}).of("mask_by_name") == []
    numbers = whole | {"additionalProperties": {"type": "integer"}}
    strict = {"x-firstclass": {"responses": "strict"}}
    assert gives(audit_of, make, numbers, **strict).of("mask_by_name") == []


def test_requests_are_not_told(audit_of, make):
    body = make.takes(make.things("nickname", ssn=SSN) | {"additionalProperties": TEXTS})
    assert audit_of({"/self": {"put": {"requestBody": body}}}).of("mask_by_name") == []
