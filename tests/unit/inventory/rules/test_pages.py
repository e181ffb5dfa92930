"""Lists in answers."""

import pytest


def parameter(name, **schema):
    return {"name": name, "in": "query", "schema": {"type": "integer", **schema}}


def lists(audit_of, make, *parameters, wrap=None, path="/things", **more):
    array = {"type": "array", "items": make.things("title"), **more}
    whole = array if wrap is None else {"type": "object", "properties": {wrap: array}}
    return audit_of({path: {"get": {"parameters": list(parameters), "responses": make.answer(whole)}}})


@pytest.mark.parametrize("name", ["limit", "per_page", "pageSize", "maxResults", "$top"])
def test_a_page_size_gets_a_maximum(audit_of, make, name):
    found = lists(audit_of, make, parameter(name))
    after = found.mended("page_unbounded").compiled
    assert after.document["schemas"][after.document["operations"][0]["parameters"][0]["schema"]]["maximum"] == 100


def test_a_usual_size_stays_allowed(audit_of, make):
    found = lists(audit_of, make, parameter("limit", default=500))
    assert found.one("page_unbounded").actions[0].update == {"maximum": 500}
    found.mended("page_unbounded")


def test_a_page_size_that_ends_is_enough(audit_of, make):
    found = lists(audit_of, make, parameter("limit", maximum=50))
    assert found.of("page_unbounded") == found.of("list_without_pages") == []


@pytest.mark.parametrize("wrap", [None, "data", "items"])
def test_a_list_without_pages_is_told(audit_of, make, wrap):
    found = lists(audit_of, make, wrap=wrap)
    assert "at once" in found.one("list_without_pages").message
    after = found.mended("list_without_pages").compiled
    assert after.document["operations"][0]["strict"]


def test_pages_of_any_size_are_told(audit_of, make):
    assert "in pages" in lists(audit_of, make, parameter("page")).one("list_without_pages").message


def test_a_list_that_ends_is_enough(audit_of, make):
    assert lists(audit_of, make, maxItems=20).of("list_without_pages") == []


def test_lists_inside_of_one_object_are_left_alone(audit_of, make):
    assert lists(audit_of, make, wrap="tags").of("list_without_pages") == []
    assert lists(audit_of, make, wrap="items", path="/carts/mine").of("list_without_pages")


def test_the_page_size_of_swagger_is_bounded_where_it_stands(audit_of):
    text = """
swagger: "2.0"
info: {title: Old, version: "1"}
securityDefinitions: {k: {type: apiKey, in: header, name: X-API-Key}}
security: [{k: []}]
paths:
  /a:
    get:
      operationId: a
      parameters: [{name: limit, in: query, type: integer}]
      responses: {"200": {description: "", schema: {type: array, items: {$ref: "#/definitions/A"}}}}
definitions: {A: {type: object, properties: {a: {type: integer}}}}
"""
    found = audit_of(text)
    assert found.one("page_unbounded").actions[0].target == "$.paths['/a'].get.parameters[0]"
    found.mended("page_unbounded")
