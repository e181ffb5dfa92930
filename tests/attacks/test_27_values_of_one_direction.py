"""Threat 27: a `writeOnly` value that leaves, and a `readOnly` one that is written, because its schema stands where no
property names it. The judges are a canary in the answer's bytes, and what the origin received."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from gateway import load_contract
from raw import RawOrigin, ask, reply

from firstclass.engine.cases.gateway import EngineUnderTest

CANARY = f"CANARY{secrets.token_hex(12)}"
TEXT = {"type": "string"}
Schema = dict[str, Any]


def places(flag: str) -> dict[str, tuple[Schema, Any]]:
    """Schemas with the flag below every applicator, each with a value that holds the canary there."""
    own = {"type": "string", flag: True}
    at = {"type": "object", "properties": {"a": own}}
    inside: Schema = {"type": "object", "properties": {"k": TEXT, "a": TEXT}}
    choice: Schema = {"discriminator": {"propertyName": "k"}, "oneOf": [{"$ref": "#/components/schemas/flagged"}]}
    return {
        "anyOf": ({"type": "object", "properties": {"a": {"anyOf": [own, {"type": "null"}]}}}, {"a": CANARY}),
        "oneOf": ({"type": "object", "properties": {"a": {"oneOf": [own, {"type": "null"}]}}}, {"a": CANARY}),
        "oneOf and $ref": ({"properties": {"a": {"oneOf": [{"$ref": "#/components/schemas/own"}]}}}, {"a": CANARY}),
        "anyOf of objects": ({"anyOf": [at, {"type": "object", "properties": {"b": TEXT}}]}, {"a": CANARY}),
        "discriminator": (choice, {"k": "flagged", "a": CANARY}),
        "items": ({"type": "array", "items": own}, [CANARY]),
        "items of a property": ({"properties": {"a": {"type": "array", "items": own}}}, {"a": [CANARY]}),
        "prefixItems": ({"type": "array", "prefixItems": [own], "items": {"type": "integer"}}, [CANARY, 1]),
        "contains": ({"type": "array", "items": TEXT, "contains": own}, [CANARY]),
        "contains none": ({"type": "array", "items": TEXT, "contains": own, "minContains": 0}, [CANARY]),
        "unevaluatedItems": ({"type": "array", "unevaluatedItems": own}, [CANARY]),
        "additionalProperties": ({"type": "object", "additionalProperties": own}, {"a": CANARY}),
        "patternProperties": ({"type": "object", "patternProperties": {"^a": own}}, {"a": CANARY}),
        "unevaluatedProperties": ({"allOf": [{"type": "object"}], "unevaluatedProperties": own}, {"a": CANARY}),
        "if": ({**inside, "if": {"properties": {"a": own}}}, {"a": CANARY}),
        "then": ({**inside, "if": {"required": ["k"]}, "then": at}, {"k": "x", "a": CANARY}),
        "else": ({**inside, "if": {"required": ["x"]}, "else": at}, {"a": CANARY}),
        "then of a value": ({"properties": {"a": {"if": TEXT, "then": {flag: True}}}}, {"a": CANARY}),
        "if of a value": ({"properties": {"a": {"type": "string", "if": own}}}, {"a": CANARY}),
        "dependentSchemas": ({**inside, "dependentSchemas": {"k": at}}, {"k": "x", "a": CANARY}),
        "an object": ({"properties": {"a": {"anyOf": [{**at, flag: True}, TEXT]}}}, {"a": {"a": CANARY}}),
        "root": (own, CANARY),
    }


def load(engine: EngineUnderTest, origin: RawOrigin, operation: Schema, path: str = "/m") -> None:
    flagged = {"type": "object", "properties": {"k": TEXT, "a": {"$ref": "#/components/schemas/own"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://x.example/"}],
        "components": {"schemas": {"own": {**TEXT, "writeOnly": True, "readOnly": True}, "flagged": flagged}},
        "paths": {path: {"post": {"operationId": "m", "security": [], **operation}}},
    }
    load_contract(engine, origin, json.dumps(document).encode(), ["m"])
    origin.take()


def answering(schema: Schema, **more: Any) -> Schema:
    media = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "d", "content": media, **more}}}


def asking(schema: Schema) -> Schema:
    body = {"content": {"application/json": {"schema": schema}}}
    return {"requestBody": body, "responses": {"200": {"description": "d"}}}


@pytest.mark.parametrize("place", places("writeOnly"))
def test_a_write_only_value_leaves_nowhere(engine: EngineUnderTest, origin: RawOrigin, place: str) -> None:
    schema, value = places("writeOnly")[place]
    load(engine, origin, answering(schema))
    origin.says(reply(200, json.dumps(value).encode()))
    answer = ask(engine.port, "POST", "/m")
    assert CANARY.encode() not in answer.body
    assert answer.status == (502 if place == "root" else 200)


def test_what_stands_beside_a_write_only_choice_leaves(engine: EngineUnderTest, origin: RawOrigin) -> None:
    """As Pydantic writes `SecretStr | None`: the answer need not have it either."""
    secret = {"anyOf": [{"type": "string", "format": "password", "writeOnly": True}, {"type": "null"}]}
    schema = {"type": "object", "required": ["a", "b"], "properties": {"a": secret, "b": TEXT}}
    load(engine, origin, {**answering(schema), "x-firstclass": {"responses": "strict"}})
    for sent, told in (({"a": CANARY, "b": "x"}, {"b": "x"}), ({"a": None, "b": "x"},) * 2, ({"b": "x"},) * 2):
        origin.says(reply(200, json.dumps(sent).encode()))
        answer = ask(engine.port, "POST", "/m")
        assert (answer.status, json.loads(answer.body)) == (200, told)


def test_a_write_only_header_leaves_nowhere(engine: EngineUnderTest, origin: RawOrigin) -> None:
    header = {"X-Secret": {"schema": {**TEXT, "writeOnly": True}}, "X-Choice": {"schema": {"anyOf": [{"$ref": OWN}]}}}
    load(engine, origin, answering({"type": "boolean"}, headers=header))
    origin.says(reply(200, b"true", X_Secret=CANARY, X_Choice=CANARY))
    answer = ask(engine.port, "POST", "/m")
    assert answer.status == 200 and CANARY not in str(answer.headers)


@pytest.mark.parametrize("place", places("readOnly"))
def test_a_read_only_value_is_never_written(engine: EngineUnderTest, origin: RawOrigin, place: str) -> None:
    schema, value = places("readOnly")[place]
    load(engine, origin, asking(schema))
    origin.says()
    answer = ask(engine.port, "POST", "/m", [("Content-Type", "application/json")], json.dumps(value).encode())
    assert (answer.status, origin.take()) == (400, [])


def test_null_beside_a_read_only_choice_is_written(engine: EngineUnderTest, origin: RawOrigin) -> None:
    load(engine, origin, asking({"properties": {"a": {"anyOf": [{**TEXT, "readOnly": True}, {"type": "null"}]}}}))
    origin.says()
    assert ask(engine.port, "POST", "/m", [("Content-Type", "application/json")], b'{"a": null}').status == 200
    assert len(origin.take()) == 1


def test_not_refuses_what_it_refused_without_read_only(engine: EngineUnderTest, origin: RawOrigin) -> None:
    refused = {"required": ["a"], "properties": {"a": {"const": "x", "readOnly": True}}}
    load(engine, origin, asking({"type": "object", "properties": {"a": TEXT}, "not": refused}))
    origin.says()
    for sent, status in ((b'{"a": "x"}', 400), (b'{"a": "y"}', 200)):
        assert ask(engine.port, "POST", "/m", [("Content-Type", "application/json")], sent).status == status


def test_a_parameter_may_name_a_read_only_id(engine: EngineUnderTest, origin: RawOrigin) -> None:
    path = {"name": "id", "in": "path", "required": True, "schema": {"$ref": OWN}}
    load(engine, origin, {"parameters": [path], "responses": {"200": {"description": "d"}}}, "/m/{id}")
    origin.says()
    assert ask(engine.port, "POST", "/m/7").status == 200


OWN = "#/components/schemas/own"
