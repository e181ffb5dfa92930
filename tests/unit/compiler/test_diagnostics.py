"""No input makes the compiler raise; every finding has a place and a hint."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstclass.compiler import ApiSettings, compile_api, encode

CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example/v1"}],
    "security": [{"key": []}],
    "x-firstclass": {"responses": "strict", "rate": "10 per second by application"},
    "paths": {
        "/orders/{id}": {
            "parameters": [
                {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "integer"},
                    "x-firstclass": {"owner": "token.sub"},
                }
            ],
            "get": {
                "operationId": "getOrder",
                "security": [{"key": [], "person": ["read"]}],
                "parameters": [
                    {
                        "name": "f",
                        "in": "query",
                        "style": "deepObject",
                        "schema": {
                            "type": "object",
                            "properties": {"a": {"type": "array", "items": {"enum": [1, "b"]}}},
                        },
                    }
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "headers": {"X-A": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    }
                },
            },
            "put": {
                "operationId": "putOrder",
                "security": [{"person": []}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}},
                        "image/png": {"schema": {"maxLength": 9}},
                    }
                },
                "responses": {"4XX": {"$ref": "#/components/responses/Bad"}},
            },
        },
        "/orders/last": {"get": {"operationId": "last", "security": [], "responses": {"default": {"description": ""}}}},
    },
    "components": {
        "responses": {
            "Bad": {"description": "", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "person": {"type": "http", "scheme": "bearer", "x-firstclass": {"issuer": "people"}},
        },
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "note": {
                        "type": "string",
                        "pattern": "^[a-z]+$",
                        "x-data-classification": {
                            "category": "PII",
                            "masking": {"strategy": "partial", "keep": "last-2"},
                        },
                    },
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                    "either": {
                        "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
                        "discriminator": {"propertyName": "k", "mapping": {"x": "A"}},
                    },
                },
                "allOf": [{"if": {"minProperties": 1}, "then": {"maxProperties": 9}}],
                "unevaluatedProperties": False,
            },
            "A": {"$anchor": "a", "type": "object", "properties": {"k": {"const": "x"}}},
            "B": {
                "$id": "b.json",
                "$dynamicAnchor": "n",
                "type": "object",
                "additionalProperties": {"$dynamicRef": "#n"},
            },
        },
    },
}
OVERLAY = {
    "overlay": "1.0.0",
    "info": {"title": "o", "version": "1"},
    "actions": [
        {"target": "$.paths['/orders/last'].get", "update": {"deprecated": True}},
        {"target": "$..example", "remove": True},
    ],
}


def _places(value, path=()):
    yield path
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(child, (*path, key))


PLACES = list(_places(CONTRACT))
KEYWORDS = {"$ref", "#/components/schemas/Order", "#", "nullable", "allOf", "not", "items"}
WORDS = sorted({str(key) for path in PLACES for key in path} | KEYWORDS)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([1.5, 1e300, "", "x", "#/", "#/paths", "\0", "{", "/{a}", "é"]),
    st.sampled_from(WORDS),
    st.sampled_from([[], {}, [{}], {"$ref": "#"}, {"$ref": "#/components/schemas/Order"}]).map(copy.deepcopy),
    st.text(max_size=5),
)


def _at(value, path):
    for key in path:
        value = value[key]
    return value


@st.composite
def mutants(draw):
    contract = copy.deepcopy(CONTRACT)
    for _ in range(draw(st.integers(1, 3))):
        places = [path for path in _places(contract) if path]
        path = draw(st.sampled_from(places))
        holder, key = _at(contract, path[:-1]), path[-1]
        match draw(st.sampled_from(["replace", "delete", "move", "rename", "add"])):
            case "replace":
                holder[key] = draw(JUNK)
            case "delete":
                del holder[key]
            case "move":
                holder[key] = copy.deepcopy(_at(contract, draw(st.sampled_from(places))))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from(WORDS))] = holder.pop(key)
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(WORDS))] = draw(JUNK)
            case _:
                pass
        if not any(_places(contract)):
            break
    return contract


def _check(texts, overlays=()):
    result = compile_api(ApiSettings(name="a", contract="a.yaml", overlays=overlays), texts.__getitem__)
    assert (result.document is None) == bool(result.errors)
    for finding in (*result.errors, *result.warnings):
        assert finding.hint and finding.message and finding.code and finding.line >= 1 and finding.column >= 1
    if result.document is not None:
        encode(result.document)


@pytest.mark.parametrize("version", ["3.1.0", "3.0.3"])
def test_the_contract_that_is_mutated_is_sound(version):
    result = compile_api(
        ApiSettings(name="a", contract="a.yaml"), lambda _: json.dumps({**CONTRACT, "openapi": "3.1.0"}).encode()
    )
    assert result.errors == ()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutants(), st.sampled_from(["3.1.0", "3.0.3"]))
def test_a_mutated_contract_gets_findings_and_never_a_traceback(contract, version):
    if isinstance(contract.get("openapi"), str) and contract["openapi"].startswith("3.1."):
        contract["openapi"] = version
    _check({"a.yaml": json.dumps(contract).encode(), "o.yaml": json.dumps(OVERLAY).encode()})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_mutated_overlay_gets_findings_and_never_a_traceback(data):
    overlay = copy.deepcopy(OVERLAY)
    path = data.draw(st.sampled_from([p for p in _places(overlay) if p]))
    _at(overlay, path[:-1])[path[-1]] = data.draw(JUNK | st.sampled_from(["$", "$..*", "$.paths", "$.paths.*.get"]))
    _check({"a.yaml": json.dumps(CONTRACT).encode(), "o.yaml": json.dumps(overlay).encode()}, ("o.yaml",))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_mutated_text_gets_findings_and_never_a_traceback(data):
    text = json.dumps(CONTRACT, indent=1).encode()
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 3))
    added = data.draw(
        st.binary(max_size=3)
        | st.sampled_from([b"&a ", b"*a", b"!!x ", b"\t", b"? ", b"- ", b"|\n", b"%", b"---\n", b"'", b'"'])
    )
    _check({"a.yaml": text[:at] + added + text[at + removed :]})


def test_every_suite_schema_compiles_or_is_refused_with_a_reason(data_folder: Path):
    refused = []
    for suite, version in (("draft2020-12", "3.1.0"), ("draft4", "3.0.3")):
        for file in sorted((data_folder / "json-schema" / suite).glob("**/*.json")):
            for case in json.loads(file.read_text()):
                content = {"application/json": {"schema": {"$ref": "schema.json"}}}
                operation = {
                    "operationId": "a",
                    "security": [],
                    "requestBody": {"content": content},
                    "responses": {"200": {"description": "", "content": content}},
                }
                contract = {
                    "openapi": version,
                    "info": {"title": "t", "version": "1"},
                    "paths": {"/a": {"post": operation}},
                }
                texts = {"a.yaml": json.dumps(contract).encode(), "schema.json": json.dumps(case["schema"]).encode()}
                result = compile_api(ApiSettings(name="a", contract="a.yaml"), texts.__getitem__)
                if result.errors:
                    refused.append((f"{suite}/{file.stem}", case["description"], result.errors[0].code))
    reasons = {code for _, _, code in refused}
    assert reasons <= {"remote_reference", "unknown_dialect", "unreadable_file", "dangling_reference"}, refused
    assert len(refused) < 60
