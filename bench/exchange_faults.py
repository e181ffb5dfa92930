"""One fault in an exchange that was valid: each a change that no reading of the contract allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bench.exchange_values import Values
from bench.schema_faults import UNDECLARED, Broken, break_value, is_closed


@dataclass(frozen=True)
class Sent:
    """A parameter that an exchange has: `value` before it became text, and what judges it: of a list of one, its
    items."""

    place: str
    name: str
    schema: Any
    judges: Any
    value: Any
    is_required: bool


@dataclass(frozen=True)
class Doubt:
    """What a validator has to find wrong before a fault is one: every reading of the value by this schema."""

    schema: Any
    readings: tuple[Any, ...]


@dataclass(frozen=True)
class Exchange:
    """A request, the origin's answer, and what is known of both. The path has `{name}` where a parameter stands."""

    operation: str
    method: str
    template: str
    parameters: tuple[Sent, ...] = ()
    more_query: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    body: Any = None
    body_schema: Any = field(default_factory=dict)
    is_body_required: bool = False
    status: int = 204
    answer_type: str | None = None
    answer: Any = None
    answer_schema: dict[str, Any] = field(default_factory=dict)
    raw_body: str | None = None
    fault: str = ""
    doubt: Doubt | None = None

    def text(self) -> str | None:
        """The request's body."""
        if self.raw_body is not None:
            return self.raw_body
        return json.dumps(self.body) if self.media_type is not None else None

    def pairs(self, place: str) -> list[tuple[str, str]]:
        """The parameters of a place as text."""
        return [(each.name, as_text(each.value)) for each in self.parameters if each.place == place]


def as_text(value: Any) -> str:
    """A scalar as parameters are written."""
    return value if isinstance(value, str) else json.dumps(value)


def faults(exchange: Exchange, values: Values) -> Iterator[Exchange]:
    """The exchange with each fault that it may have; one with a doubt is none before a validator says so."""
    yield replace(exchange, more_query=((UNDECLARED, "1"),), fault="undeclared query parameter")
    yield replace(exchange, template=exchange.template + "/" + UNDECLARED + "/x/y/z", fault="unknown path")
    yield replace(exchange, method="PURGE", fault="undeclared method")
    yield from _parameter_faults(exchange, values)
    if exchange.media_type is not None:
        yield replace(exchange, media_type="text/x-" + UNDECLARED.replace("_", "-"), fault="wrong media type")
        text = exchange.text() or ""
        yield replace(exchange, raw_body=text[:-1] if len(text) > 1 else "{", fault="broken JSON")
        if exchange.is_body_required:
            yield replace(exchange, media_type=None, body=None, fault="required body left out")
        yield from _body_faults(exchange, values)
    if isinstance(exchange.answer, dict) and is_closed(exchange.answer_schema):
        yield replace(exchange, answer={**exchange.answer, UNDECLARED: "x"}, fault="undeclared property in an answer")


def _body_faults(exchange: Exchange, values: Values) -> Iterator[Exchange]:
    body = exchange.body
    for found in break_value(values, exchange.body_schema, body):
        doubt = None if found.is_certain else Doubt(exchange.body_schema, (found.value,))
        yield replace(exchange, body=found.value, fault=found.fault, doubt=doubt)
    if isinstance(body, dict) and body and is_closed(values.resolve(exchange.body_schema)):
        pairs = json.dumps(body)[1:-1]
        first = json.dumps(dict([next(iter(body.items()))]))[1:-1]
        yield replace(exchange, raw_body="{" + first + ", " + pairs + "}", fault="a name twice")


def _parameter_faults(exchange: Exchange, values: Values) -> Iterator[Exchange]:
    for index, sent in enumerate(exchange.parameters):
        if sent.is_required and sent.place in ("query", "header"):
            rest = exchange.parameters[:index] + exchange.parameters[index + 1 :]
            yield replace(exchange, parameters=rest, fault=f"required {sent.place} parameter left out")
        whole = values.resolve(sent.schema)
        is_one = not any(word in whole for word in ("allOf", "oneOf", "anyOf", "if", "not", "enum"))
        broken = [
            each for each in break_value(values, sent.judges, sent.value) if not each.fault.startswith("wrong type")
        ]
        broken += [Broken("type", UNDECLARED, False)] if not isinstance(sent.value, str) else []
        for fault, value, is_certain in ((each.fault, each.value, each.is_certain and is_one) for each in broken):
            if isinstance(value, dict | list) or not _can_stand(sent.place, as_text(value)):
                continue
            other = (*exchange.parameters[:index], replace(sent, value=value), *exchange.parameters[index + 1 :])
            doubt = None if is_certain else Doubt(sent.schema, _readings(value))
            yield replace(exchange, parameters=other, fault=f"parameter: {fault}", doubt=doubt)


def _can_stand(place: str, text: str) -> bool:
    """Whether a text can be sent there without being read as something else."""
    if not text or text.strip() != text:
        return False
    return text.isascii() if place == "header" else not (place == "path" and ("/" in text or text in (".", "..")))


def _readings(value: Any) -> tuple[Any, ...]:
    """As a parameter's text may be read: itself, the JSON in it, and lists of these."""
    found = [value, as_text(value)]
    parts = as_text(value).split(",")
    return (*found, *([each] for each in found), *([parts] if len(parts) > 1 else []))
