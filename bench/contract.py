"""The contract of every run as OpenAPI 3.1: each workload once with all policies, once public and opaque."""

from __future__ import annotations

import json
from typing import Any

from bench.payloads import BASE, Workload

API = "bench"
# Never reached: what is measured is the counting.
_RATE = "60000000 per minute by application"
_KEYED: list[dict[str, list[str]]] = [{"key": []}]


def _classified(strategy: dict[str, str], **schema: Any) -> dict[str, Any]:
    return {
        "type": "string",
        **schema,
        "x-data-classification": {"category": "personal", "sensitivity": "restricted", "masking": strategy},
    }


def _properties(*, answered: bool) -> dict[str, Any]:
    """Nine declared fields; the upstream's `shelf` is none of them. What is masked has no format in the answer."""
    return {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "email": _classified({"strategy": "full"}, maxLength=120),
        "card": _classified({"strategy": "partial", "keep": "last-4"}, minLength=12, maxLength=19),
        "born": _classified({"strategy": "full"}, maxLength=10, **({} if answered else {"format": "date"})),
        "passport": _classified({"strategy": "remove"}, maxLength=20),
        "city": {"type": "string", "maxLength": 60},
        "active": {"type": "boolean"},
        "created": {"type": "string", "format": "date-time"},
    }


def _schemas() -> dict[str, Any]:
    visit = {
        "type": "object",
        "required": ["day", "branch"],
        "properties": {
            "day": {"type": "string", "format": "date"},
            "branch": {"type": "string", "maxLength": 60},
            "desk": {"type": "integer", "minimum": 1, "maximum": 99},
        },
    }
    visits = {"visits": {"type": "array", "maxItems": 50, "items": visit}}
    shown = {"type": "object", "required": ["id", "name"], "properties": _properties(answered=True) | visits}
    sent = {"type": "object", "required": ["id", "name", "email"], "properties": _properties(answered=False) | visits}
    people = {"type": "array", "maxItems": 1000}
    return {
        "Person": shown,
        "People": people | {"items": _ref("Person")},
        "NewPerson": sent,
        "NewPeople": people | {"items": _ref("NewPerson")},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _limit() -> dict[str, Any]:
    return {
        "name": "limit",
        "in": "query",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
    }


def _operation(work: Workload) -> dict[str, Any]:
    name = "Person" if work.name.endswith("-1k") else "People"
    operation: dict[str, Any] = {
        "operationId": operation_id(work),
        "security": _KEYED,
        "x-firstclass": {"responses": "strict", "rate": _RATE},
        "responses": {"200": {"description": "Done.", "content": {"application/json": {"schema": _ref(name)}}}},
    }
    if "?" in work.path:
        operation["parameters"] = [_limit()]
    if work.path.startswith("/people/"):
        operation["parameters"] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
        ]
    if work.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(f"New{name}")}}}
    return operation


def _opaque_operation(work: Workload) -> dict[str, Any]:
    octets = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    operation: dict[str, Any] = {
        "operationId": f"raw-{work.name}",
        "security": [],
        "responses": {"200": {"description": "Done.", "content": octets}},
    }
    if "?" in work.path:
        operation["parameters"] = [_limit()]
    if work.body:
        operation["requestBody"] = {"required": True, "content": octets}
    return operation


def operation_id(work: Workload) -> str:
    """The id of the operation with all policies."""
    return f"policed-{work.name}"


def contract(works: list[Workload], more_operations: int = 0) -> str:
    """The document as JSON; `more_operations` are there for their size alone."""
    paths: dict[str, dict[str, Any]] = {}
    for work in works:
        path = work.path.partition("?")[0]
        policed = path.replace("/people/100000", "/people/{id}")
        paths.setdefault(policed, {})[work.method.lower()] = _operation(work)
        paths.setdefault(f"/raw{path}", {})[work.method.lower()] = _opaque_operation(work)
    for number in range(more_operations):
        answer = {"200": {"description": "Done.", "content": {"application/json": {"schema": _ref("Person")}}}}
        paths[f"/branches/{number}/people/{{id}}"] = {
            "get": {
                "operationId": f"more-{number}",
                "security": _KEYED,
                "responses": answer,
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
                ],
            }
        }
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Bench", "version": "1.0.0"},
            "servers": [{"url": BASE}],
            "paths": paths,
            "components": {
                "schemas": _schemas(),
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
            },
        },
        indent=1,
    )


def settings(upstream_port: int, traffic: int, control: int, status: int, workers: int = 1) -> str:
    """firstclass.yaml, as JSON: a worker for each core that the gateway has."""
    return json.dumps(
        {
            "version": 1,
            "workers": workers,
            "data": "data",
            "listen": {
                "traffic": f"127.0.0.1:{traffic}",
                "control": f"127.0.0.1:{control}",
                "status": f"127.0.0.1:{status}",
            },
            "apis": [
                {
                    "name": API,
                    "contract": "openapi.json",
                    "upstream": f"http://127.0.0.1:{upstream_port}{BASE}",
                    "mode": "enforce",
                }
            ],
        },
        indent=1,
    )
