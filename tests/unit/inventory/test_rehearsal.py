"""A log through the engine's decisions: what was let in and would not be, by operation and reason, without values."""

from __future__ import annotations

import json

import pytest

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.inventory import rehearsal
from firstclass.inventory.rehearsal import replay

CONTRACT = {
    "openapi": "3.0.3",
    "info": {"title": "Garage", "version": "1"},
    "servers": [{"url": "https://garage.example/v1"}],
    "security": [{"app": []}],
    "paths": {
        "/users/{userId}": {
            "parameters": [{"name": "userId", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getUser", "responses": {"200": {"description": "ok"}}},
        },
        "/quotes": {
            "get": {
                "operationId": "getQuote",
                "parameters": [
                    {"name": "amount", "in": "query", "schema": {"type": "string", "pattern": "^[1-9][0-9]{0,4}$"}},
                    {"name": "X-Needed", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "ok"}},
            }
        },
    },
    "components": {"securitySchemes": {"app": {"type": "apiKey", "in": "query", "name": "api_key"}}},
}


@pytest.fixture(scope="module")
def payload():
    settings = ApiSettings(name="garage", contract="garage.json", mode="observe")
    compiled = compile_api(settings, {"garage.json": json.dumps(CONTRACT).encode()}.__getitem__)
    assert compiled.document is not None, compiled.errors
    return encode(compiled.document).decode()


def line(target, status=200, method="GET"):
    return f'192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "{method} {target} HTTP/1.1" {status} 0 "-" "-"\n'


def told(payload, *lines):
    return replay(lines, payload).as_json()


def test_what_both_let_in_agrees(payload):
    result = told(payload, line("/v1/quotes?amount=5&api_key=OLD"), line("/v1/users/7"), line("/v1/quotes", 304))
    assert (result["calls"], result["agree"], result["differ"]) == (3, 3, [])


def test_what_would_be_refused_is_told_by_operation_reason_and_place(payload):
    result = told(
        payload,
        *[line("/v1/quotes?amount=000&debug=1")] * 3,
        line("/v1/users/ana@example.org", 200),
        line("/v1/admin/ana@example.org/4711"),
        line("/v1/quotes", 201, "POST"),
        line("/v1/quotes?x-api-key=SECRET"),
    )
    assert (result["calls"], result["agree"]) == (7, 0)
    assert result["differ"][0] == {
        "operation": "getQuote",
        "reason": "parameter_invalid",
        "calls": 3,
        "places": [{"in": "query", "name": "debug", "keyword": "undeclared", "calls": 3}],
    }
    rest = {(each["operation"], each["reason"]): each for each in result["differ"][1:]}
    assert rest["getUser", "parameter_invalid"]["places"][0]["name"] == "userId"
    assert rest[None, "unknown_operation"]["shapes"] == [
        {"method": "GET", "path_shape": "/v1/admin/{s}/{n}", "calls": 1}
    ]
    assert (None, "method_not_allowed") in rest and ("getQuote", "credential_invalid") in rest
    assert "ana@" not in json.dumps(result) and "SECRET" not in json.dumps(result)


def test_names_that_may_be_values_are_not_told(payload):
    result = told(payload, line("/v1/quotes?ana@example.org=1"), line("/v1/quotes?0790001122"))
    assert [place["name"] for place in result["differ"][0]["places"]] == ["…"]


def test_what_was_refused_before_may_be_refused_again(payload):
    result = told(payload, line("/v1/nope", 404), line("/v1/users/7", 403), line("/v1/users/7", 500))
    assert result["agree"] == 3 and result["differ"] == []
    assert result["admitted"] == [{"operation": "getUser", "status": 403, "calls": 1}]


def test_other_apis_and_unreadable_lines_are_counted(payload):
    result = told(payload, line("/v2/users/7"), line("/v10/users/7"), "rubbish\n", "\n", "")
    assert (result["calls"], result["elsewhere"], result["unreadable"]) == (0, 2, 2)


def test_memory_is_bounded_whatever_strangers_called(payload, monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST_PLACES", 5)
    words = "abcdefghijklmnop"
    outcome = replay((line(f"/v1/x{a}{b}") for a in words for b in words), payload)
    (difference,) = outcome.differences.values()
    assert len(difference.shapes) == 6 and sum(difference.shapes.values()) == len(words) ** 2


def test_a_target_that_would_end_a_line_is_bad_framing(payload):
    record = {"request_method": "GET", "request_uri": "/v1/quotes\r\nX: 1", "status": 200}
    assert told(payload, json.dumps(record))["differ"][0]["reason"] == "bad_framing"
