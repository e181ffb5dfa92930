"""Threat 27: a value that a condition or a choice would have masked, in an answer with a fault: the fault passes
(`responses: record`), what may be masked does not. The judge is a canary in the answer's bytes."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from gateway import load_contract
from raw import RawOrigin, ask, reply

from firstclass.engine.cases.gateway import EngineUnderTest

CANARY = f"CANARY{secrets.token_hex(12)}"
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
HIDDEN: Schema = {**TEXT, "x-data-classification": {"category": "c", "masking": {"strategy": "full"}}}
PERSON: Schema = {"type": "object", "properties": {"name": TEXT, "age": {"type": "integer"}, "phone": TEXT}}
MINOR: Schema = {"properties": {"age": {"type": "integer", "maximum": 17}}, "required": ["age"]}
HIDES: Schema = {"properties": {"phone": HIDDEN}}
CONDITION: Schema = {"if": MINOR, "then": HIDES}
CHOICE = [{**MINOR, "properties": {**MINOR["properties"], **HIDES["properties"]}}, {"not": MINOR}]

OBJECTS: dict[str, Schema] = {
    "if beside": {**PERSON, **CONDITION},
    "if in allOf": {**PERSON, "allOf": [CONDITION]},
    "two in allOf": {**PERSON, "allOf": [CONDITION, {"if": {"required": ["vip"]}, "then": HIDES}]},
    "allOf of both": {"allOf": [PERSON, CONDITION]},
    "allOf in allOf": {"allOf": [{"allOf": [{"allOf": [CONDITION]}]}, PERSON]},
    "else": {"allOf": [PERSON, {"if": {"not": MINOR}, "else": HIDES}]},
    "oneOf": {**PERSON, "allOf": [{"oneOf": CHOICE}]},
    "anyOf": {"allOf": [PERSON, {"anyOf": CHOICE}]},
    "dependentSchemas": {"allOf": [PERSON, {"dependentSchemas": {"adult": {}, "minor": HIDES}}]},
    "an open parent": {
        **PERSON,
        "properties": {"age": {"type": "integer"}},
        "additionalProperties": True,
        "allOf": [{"oneOf": CHOICE}],
    },
    "parents apart": {"allOf": [{"properties": {"in": PERSON}}, {"properties": {"in": CONDITION}}]},
}
ARRAYS: dict[str, Schema] = {
    "contains": {"type": "array", "items": PERSON, "contains": CHOICE[0]},
    "contains in allOf": {"type": "array", "items": PERSON, "allOf": [{"contains": CHOICE[0], "minContains": 0}]},
    "items": {"type": "array", "items": {**PERSON, "allOf": [CONDITION]}},
}


def told(engine: EngineUnderTest, origin: RawOrigin, schema: Schema, *values: Any) -> list[Any]:
    """What a client gets of these values, which all are answered with 200."""
    media = {"application/json": {"schema": schema}}
    operation = {"operationId": "m", "security": [], "responses": {"200": {"description": "d", "content": media}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://x.example/"}],
        "paths": {"/m": {"post": operation}},
    }
    load_contract(engine, origin, json.dumps(document).encode(), ["m"])
    answers = []
    for value in values:
        origin.says(reply(200, json.dumps(value).encode()))
        answer = ask(engine.port, "POST", "/m")
        assert answer.status == 200
        answers.append(json.loads(answer.body))
    return answers


@pytest.mark.parametrize("place", OBJECTS)
def test_a_fault_decides_no_condition(engine: EngineUnderTest, origin: RawOrigin, place: str) -> None:
    minor = {"name": "A", "age": "16", "phone": CANARY}
    if place in ("an open parent", "dependentSchemas"):
        del minor["name"]
    value = {"in": minor} if place == "parents apart" else minor
    (got,) = told(engine, origin, OBJECTS[place], value)
    assert got == json.loads(json.dumps(value).replace(CANARY, "***"))


@pytest.mark.parametrize("place", ARRAYS)
def test_a_fault_decides_not_what_an_array_contains(engine: EngineUnderTest, origin: RawOrigin, place: str) -> None:
    value = [{"age": 16, "phone": CANARY}, {"age": "16", "phone": CANARY}]
    got = told(engine, origin, ARRAYS[place], value, value[1:], value[:1])
    assert got == [json.loads(json.dumps(each).replace(CANARY, "***")) for each in (value, value[1:], value[:1])]


@pytest.mark.parametrize("place", [place for place in OBJECTS if place not in ("an open parent", "parents apart")])
def test_without_a_fault_the_condition_decides(engine: EngineUnderTest, origin: RawOrigin, place: str) -> None:
    adult = {"name": "A", "age": 40, "phone": "5"}
    assert told(engine, origin, OBJECTS[place], adult) == [adult]
