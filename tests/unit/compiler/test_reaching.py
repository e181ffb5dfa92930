"""What would hide or hold something where nothing applies it is an error."""

import pytest

MASKED = {"type": "string", "x-data-classification": {"category": "gov"}}
OWNED = {"type": "string", "x-firstclass": {"owner": "subject"}}
PLACES = {
    "not": lambda inner: {"type": "object", "not": {"properties": {"a": inner}}},
    "propertyNames": lambda inner: {"type": "object", "propertyNames": inner, "additionalProperties": True},
    "contentSchema": lambda inner: {"type": "string", "contentSchema": {"properties": {"a": inner}}},
    "then": lambda inner: {"type": "object", "then": {"properties": {"a": inner}}},
    "else": lambda inner: {"type": "object", "else": {"properties": {"a": inner}}},
    "additionalItems": lambda inner: {"type": "array", "additionalItems": inner},
    "an unknown keyword": lambda inner: {"type": "object", "fields": {"a": [inner]}},
    "behind a reference": lambda inner: {"not": {"anyOf": [{"$ref": "#/components/schemas/A"}]}},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("inner, code", [(MASKED, "unreadable_classified"), (OWNED, "owner_without_effect")])
def test_what_does_nothing_is_an_error(compiled, make, place, inner, code):
    found = compiled(make.schema(PLACES[place](inner), A=inner))
    assert code in [error.code for error in found.errors]


@pytest.mark.parametrize("place", PLACES)
def test_what_is_public_is_none(compiled, make, place):
    inner = {"type": "string", "x-data-classification": {"category": "gov", "sensitivity": "public"}}
    assert not compiled(make.schema(PLACES[place](inner), A=inner)).errors


@pytest.mark.parametrize("inner, code", [(MASKED, "unreadable_classified"), (OWNED, "owner_without_effect")])
def test_answers_that_nobody_reads(codes, make, inner, code):
    schema = {"type": "object", "properties": {"a": inner}}
    media = {"application/json": {"schema": schema}}
    header = {"200": {"description": "", "headers": {"X-A": {"content": media}}}}
    assert codes(make.operation(responses=header)) == [code]
    for name in ("text/event-stream", "application/json", "application/xml"):
        both = {name: {"schema": {"type": "string"}, "itemSchema": schema}}
        assert codes(make.operation("3.2.0", responses={"200": {"description": "", "content": both}})) == [code]
    items = {"text/event-stream": {"itemSchema": schema}}
    assert codes(make.operation("3.2.0", responses={"200": {"description": "", "content": items}})) == [code]


def test_a_request_that_nobody_reads_has_no_owner(codes, make):
    body = {"application/xml": {"schema": {"type": "object", "properties": {"a": OWNED}}}}
    assert codes(make.operation(requestBody={"content": body})) == ["owner_without_effect"]
    body["application/xml"]["schema"]["properties"]["a"] = MASKED
    assert codes(make.operation(requestBody={"content": body})) == []


def test_a_body_that_never_passes_is_told(compiled, make):
    for flag in ("readOnly", "writeOnly"):
        warnings = compiled(make.schema({"type": "object", flag: True, "properties": {"a": {}}})).warnings
        assert "body_never_passes" in [warning.code for warning in warnings]
