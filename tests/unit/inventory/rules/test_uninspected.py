"""Answers that nobody looks into."""

import pytest

PUBLIC = {"type": "string", "x-data-classification": {"category": "contact", "sensitivity": "public"}}


@pytest.mark.parametrize("media_type", ["application/xml", "text/csv", "text/plain"])
def test_classified_fields_of_another_media_type_are_told(audit_of, make, media_type):
    schema = {"$ref": "#/components/schemas/Customer"}
    paths = {"/things": {"get": {"responses": make.answer(schema, media_type)}}}
    harm = audit_of(paths, schemas={"Customer": make.things("title", "email")}).one("answer_uninspected")
    assert media_type in harm.message and "email" in harm.message and "title" not in harm.message
    assert "application/json" in harm.fix and harm.operations == {0}


@pytest.mark.parametrize("fields", [{"title": {"type": "string"}}, {"email": PUBLIC}])
def test_what_nobody_would_hide_may_leave(audit_of, make, fields):
    schema = {"type": "object", "properties": fields}
    found = audit_of({"/things": {"get": {"responses": make.answer(schema, "application/xml")}}})
    assert found.of("answer_uninspected") == []


def test_beside_json_the_other_media_type_goes(audit_of, make):
    content = {"application/json": {"schema": make.things("title")}, "text/xml": {"schema": make.things("email")}}
    found = audit_of({"/things": {"get": {"responses": {"200": {"description": "", "content": content}}}}})
    found.mended("answer_uninspected")


def test_what_the_fix_of_a_field_takes_away_is_not_told_twice(audit_of, make):
    whole = {"schema": {"$ref": "#/components/schemas/A"}}
    both = {"200": {"description": "", "content": {"application/json": whole, "application/xml": whole}}}
    found = audit_of({"/things": {"get": {"responses": both}}}, schemas={"A": make.things("email")})
    assert found.of("answer_uninspected") == [] and len(found.of("classified_unmasked")) == 1
