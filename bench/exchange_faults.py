"""One fault in an exchange that was valid: each a change that no reading of the contract allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

UNDECLARED = "firstclass_undeclared"


@dataclass(frozen=True)
class Exchange:
    """A request, the origin's answer, and what is known of both."""

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    required: frozenset[str] = frozenset()
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    body: Any = None
    body_schema: dict[str, Any] = field(default_factory=dict)
    status: int = 204
    answer_type: str | None = None
    answer: Any = None
    answer_schema: dict[str, Any] = field(default_factory=dict)
    raw_body: str | None = None
    fault: str = ""

    def text(self) -> str | None:
        """The request's body."""
        if self.raw_body is not None:
            return self.raw_body
        return json.dumps(self.body) if self.media_type is not None else None


def is_closed(schema: dict[str, Any]) -> bool:
    """Whether an object of this schema has its declared properties only."""
    opening = ("additionalProperties", "patternProperties", "allOf", "oneOf", "anyOf", "unevaluatedProperties", "$ref")
    return bool(schema.get("properties")) and not any(key in schema for key in opening)


def faults(exchange: Exchange) -> Iterator[Exchange]:
    """The exchange with each fault that it can have."""
    yield replace(exchange, query=(*exchange.query, (UNDECLARED, "1")), fault="undeclared query parameter")
    yield replace(exchange, path=exchange.path + "/" + UNDECLARED + "/x/y/z", fault="unknown path")
    yield replace(exchange, method="PURGE", fault="undeclared method")
    for name in {name for name, _ in exchange.query} & exchange.required:
        rest = tuple(pair for pair in exchange.query if pair[0] != name)
        yield replace(exchange, query=rest, fault="required query parameter left out")
    if exchange.media_type is not None:
        yield replace(exchange, media_type="text/x-" + UNDECLARED.replace("_", "-"), fault="undeclared media type")
        text = exchange.text() or ""
        yield replace(exchange, raw_body=text[:-1] if len(text) > 1 else "{", fault="broken JSON")
        yield from _body_faults(exchange)
    if isinstance(exchange.answer, dict) and is_closed(exchange.answer_schema):
        yield replace(exchange, answer={**exchange.answer, UNDECLARED: "x"}, fault="undeclared property in an answer")


def _body_faults(exchange: Exchange) -> Iterator[Exchange]:
    body, schema = exchange.body, exchange.body_schema
    if not isinstance(body, dict):
        return
    if is_closed(schema):
        yield replace(exchange, body={**body, UNDECLARED: 1}, fault="undeclared property")
        pairs = json.dumps(body)[1:-1]
        if body:
            first = json.dumps(dict([next(iter(body.items()))]))[1:-1]
            yield replace(exchange, raw_body="{" + first + ", " + pairs + "}", fault="a name twice")
    required = schema.get("required")
    for name in required if isinstance(required, list) else ():
        if name in body:
            rest = {key: value for key, value in body.items() if key != name}
            yield replace(exchange, body=rest, fault="required property left out")
            break
    for name, child in schema.get("properties", {}).items():
        if name in body and isinstance(child, dict) and child.get("type") in ("string", "integer", "boolean", "number"):
            yield replace(exchange, body={**body, name: {"a": 1}}, fault="an object where a scalar is declared")
            break
