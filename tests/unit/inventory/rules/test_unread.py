"""Masked in JSON, and as it is in another media type."""

import pytest

MASKED = {"type": "string", "x-data-classification": {"category": "identity", "masking": {"strategy": "full"}}}


def answers(**schemas):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}, **schemas}
    return {"200": {"description": "", "content": content}}


@pytest.mark.parametrize("kind", ["*/*", "text/html", "application/*", "application/pdf"])
def test_another_media_type_beside_masked_json_is_told_and_goes(audit_of, make, kind):
    paths = {"/a": {"get": {"operationId": "getA", "responses": answers(**{kind: {}})}}}
    found = audit_of(
        paths,
        schemas={
            "A": {"type": "object", "properties": {"list": {"items": {"$ref": "#/components/schemas/B"}}}},
            "B": {"type": "object", "properties": {"ssn": MASKED}},
        },
    )
    harm = found.one("masked_left_unread")
    assert harm.message == f"an answer as {kind} leaves unread: ssn may be in it: getA"
    assert "remove: true" in harm.fix and harm.operations == {0} and harm.line
    assert f"but not in {kind}" in found.audit.reach.application.sentence
    found.mended("masked_left_unread")


def test_nothing_masked_or_nothing_beside_is_no_harm(audit_of, make):
    plain = {"A": make.things("title")}
    assert (
        audit_of({"/a": {"get": {"responses": answers(**{"text/html": {}})}}}, schemas=plain).of("masked_left_unread")
        == []
    )
    alone = {"A": {"type": "object", "properties": {"ssn": MASKED}}}
    found = audit_of({"/a": {"get": {"responses": answers()}}}, schemas=alone)
    assert found.of("masked_left_unread") == [] and "but not in" not in found.audit.reach.application.sentence


def test_what_has_no_name_goes_by_its_category(audit_of, make):
    schemas = {"A": {"type": "object", "additionalProperties": MASKED}}
    found = audit_of({"/a": {"get": {"responses": answers(**{"text/csv": {}})}}}, schemas=schemas)
    assert "identity may be in it" in found.one("masked_left_unread").message


def test_the_fix_of_a_field_leaves_no_such_harm(audit_of, make):
    paths = {"/a": {"get": {"responses": answers(**{"text/html": {}})}}}
    found = audit_of(paths, schemas={"A": make.things("ssn")})
    assert found.mended("classified_unmasked").of("masked_left_unread") == []
