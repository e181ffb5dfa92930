"""Keys of another gateway in a query: where a scheme that is asked for names the parameter; it is no parameter then."""

from __future__ import annotations

from typing import Any

import pytest

IN_QUERY = {"type": "apiKey", "in": "query", "name": "api_key"}
IN_HEADER = {"type": "apiKey", "in": "header", "name": "X-App-Key"}


def contract(scheme: dict[str, Any], security: Any, *parameters: dict[str, Any]) -> dict[str, Any]:
    operation = {"operationId": "getA", "parameters": list(parameters), "responses": {"204": {"description": ""}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "security": security,
        "paths": {"/a": {"get": operation}},
        "components": {"securitySchemes": {"key": scheme}},
    }


def parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("scheme", "header", "query"),
    [
        (IN_QUERY, "x-api-key", "api_key"),
        ({**IN_HEADER, "x-firstclass": {"legacy_query": "token"}}, "x-app-key", "token"),
        ({**IN_QUERY, "x-firstclass": {"legacy_query": "token"}}, "x-api-key", "token"),
        (IN_HEADER, "x-app-key", None),
    ],
)
def test_the_bundle_says_where_old_keys_may_stand(compiled, scheme, header, query):
    document = compiled(contract(scheme, [{"key": []}])).document
    rest = {} if query is None else {"query": query}
    assert document["schemes"] == [{"kind": "key", "name": "key", "header": header, **rest}]
    assert ("key-query" in document["requires"]) == (query is not None)


def test_a_parameter_of_that_name_is_the_key(compiled):
    result = compiled(contract(IN_QUERY, [{"key": []}], parameter("api_key"), parameter("page")))
    assert [each["name"] for each in result.document["operations"][0]["parameters"]] == ["page"]
    assert {each.code for each in result.warnings} == {"parameter_ignored", "key_moved_to_header"}


def test_a_scheme_that_nobody_asks_for_takes_no_parameter(compiled):
    result = compiled(contract(IN_QUERY, [], parameter("api_key")))
    assert [each["name"] for each in result.document["operations"][0]["parameters"]] == ["api_key"]


@pytest.mark.parametrize("wrong", [7, "", ["a"]])
def test_a_name_is_a_word(compiled, wrong):
    scheme = {**IN_HEADER, "x-firstclass": {"legacy_query": wrong}}
    assert [each.code for each in compiled(contract(scheme, [{"key": []}])).errors] == ["wrong_type"]


def test_it_has_no_meaning_on_a_token(compiled):
    scheme = {"type": "http", "scheme": "bearer", "x-firstclass": {"legacy_query": "token"}}
    assert [each.code for each in compiled(contract(scheme, [{"key": []}])).errors] == ["misplaced_keyword"]
