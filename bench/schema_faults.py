"""One fault in a value that was valid, at any depth: for each keyword that says something there, a value that it does
not allow."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.exchange_values import Unmade, Values

UNDECLARED = "firstclass_undeclared"
MAX_DEPTH = 12
MAX_ITEMS = 2_000
MAX_TEXT = 100_000
# What no reading of the format allows.
BROKEN = {
    "date": "2023-02-30",
    "date-time": "2024-02-29 at ten",
    "time": "25:61",
    "duration": "a day",
    "uuid": "123e4567-e89b-42d3-a456",
    "email": "nobody",
    "uri": "not a uri",
    "hostname": "-a-.example-",
    "ipv4": "192.0.2.999",
    "ipv6": "2001::db8::1",
    "byte": "%%%%%",
}
_OPENING = ("additionalProperties", "patternProperties", "allOf", "oneOf", "anyOf", "unevaluatedProperties", "$ref")
Step = str | int


@dataclass(frozen=True)
class Broken:
    """The value with its fault. Certain: nothing but this schema judges that place; else a validator must agree."""

    fault: str
    value: Any
    is_certain: bool


@dataclass(frozen=True)
class _Place:
    way: tuple[Step, ...]
    schema: dict[str, Any]
    value: Any
    is_alone: bool


def is_closed(schema: dict[str, Any]) -> bool:
    """Whether an object of this schema has its declared properties only."""
    return bool(schema.get("properties")) and not any(key in schema for key in _OPENING)


def break_value(values: Values, schema: Any, value: Any) -> Iterator[Broken]:
    """Every fault at every place of the value."""
    for place in _places(values, schema, value, (), True, 0):
        deep = " in depth" if len(place.way) > 1 else ""
        for fault, broken, is_certain in _faults(place, deep):
            yield Broken(fault, _put(value, place.way, broken), is_certain and place.is_alone)


def _places(
    values: Values, schema: Any, value: Any, way: tuple[Step, ...], is_alone: bool, depth: int
) -> Iterator[_Place]:
    try:
        schema = values.resolve(schema)
    except (Unmade, KeyError, IndexError):
        return
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return
    yield _Place(way, schema, value, is_alone and not any(word in schema for word in ("if", "not", "enum", "const")))
    for part in schema.get("allOf", ()):
        yield from _places(values, part, value, way, False, depth + 1)
    for word in ("oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from _places(values, part, value, way, False, depth + 1)
    alone = is_alone and not any(word in schema for word in ("allOf", "oneOf", "anyOf", "if", "not"))
    if isinstance(value, dict):
        for name, child in schema.get("properties", {}).items():
            if name in value:
                yield from _places(values, child, value[name], (*way, name), alone, depth + 1)
        extra = schema.get("additionalProperties")
        for name in value if isinstance(extra, dict) and not schema.get("patternProperties") else ():
            if name not in schema.get("properties", {}):
                yield from _places(values, extra, value[name], (*way, name), alone, depth + 1)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value[:2]):
            yield from _places(values, schema["items"], item, (*way, index), alone, depth + 1)


def _put(value: Any, way: tuple[Step, ...], broken: Any) -> Any:
    if not way:
        return broken
    out = copy.deepcopy(value)
    held = out
    for step in way[:-1]:
        held = held[step]
    held[way[-1]] = broken
    return out


def _faults(place: _Place, deep: str) -> Iterator[tuple[str, Any, bool]]:
    """Fault, value, and whether that is certain without a validator."""
    schema, value = place.schema, place.value
    if "const" in schema or schema.get("enum"):
        yield "no value of the enum" + deep, _no_value(schema, value), False
    if "discriminator" in schema and isinstance(value, dict):
        name = schema["discriminator"].get("propertyName")
        if name in value and ("oneOf" in schema or "anyOf" in schema):
            yield "discriminator to nothing", {**value, name: UNDECLARED}, True
    kinds = schema.get("type")
    if kinds is not None:
        for wrong in _of_other_types(value):
            yield "wrong type" + deep, wrong, False
    match value:
        case bool():
            return
        case str():
            yield from _of_text(schema, value)
        case int() | float():
            yield from _of_number(schema, value)
        case list():
            yield from _of_list(schema, value)
        case dict():
            yield from _of_object(schema, value, deep)


def _of_other_types(value: Any) -> Iterator[Any]:
    yield {"a": 1} if not isinstance(value, dict) else []
    match value:
        case bool():
            yield str(value).lower()
        case str():
            yield 7
        case int() | float():
            yield str(value)
        case list():
            yield "abc"
        case dict():
            yield "abc"


def _no_value(schema: dict[str, Any], value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return max((each for each in schema.get("enum", [value]) if isinstance(each, int | float)), default=value) + 1
    return f"{value}{UNDECLARED}" if isinstance(value, str) else value


def _of_text(schema: dict[str, Any], value: str) -> Iterator[tuple[str, Any, bool]]:
    is_waived = "pattern" in (schema.get("x-firstclass") or {})
    if "pattern" in schema and not is_waived and not schema.get("enum"):
        for sign in ("§", " ", "a", "Z", "0", "/"):
            yield "pattern", sign * max(len(value), 1), False
    if schema.get("minLength", 0) > 0:
        yield "minLength", value[: schema["minLength"] - 1], False
    if schema.get("maxLength", MAX_TEXT) < MAX_TEXT:
        yield "maxLength", (value or "a") + (value or "a")[-1] * (schema["maxLength"] + 1 - len(value)), False
    if schema.get("format") in BROKEN and "pattern" not in schema:
        broken = BROKEN[schema["format"]]
        if schema.get("minLength", 0) <= len(broken) <= schema.get("maxLength", MAX_TEXT):
            yield f"format {schema['format']}", broken, True


def _of_number(schema: dict[str, Any], value: float) -> Iterator[tuple[str, Any, bool]]:
    step = schema.get("multipleOf")
    for word, sign in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", -1), ("exclusiveMaximum", 1)):
        bound = schema.get(word)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            own = bound if word.startswith("exclusive") else bound + sign * (step or 1)
            yield word, int(own) if isinstance(value, int) else float(own), False
    if step is not None and step > 0:
        yield "multipleOf", value + (1 if isinstance(value, int) else step / 2), False


def _of_list(schema: dict[str, Any], value: list[Any]) -> Iterator[tuple[str, Any, bool]]:
    if schema.get("minItems", 0) > 0:
        yield "minItems", value[: schema["minItems"] - 1], False
    most = schema.get("maxItems", MAX_ITEMS)
    if value and most < MAX_ITEMS and not schema.get("uniqueItems"):
        yield "maxItems", [*value, *[value[-1]] * (most + 1 - len(value))], False
    if value and schema.get("uniqueItems") and len(value) < most:
        yield "uniqueItems", [*value, value[0]], False


def _of_object(schema: dict[str, Any], value: dict[str, Any], deep: str) -> Iterator[tuple[str, Any, bool]]:
    required = schema.get("required")
    for name in required if isinstance(required, list) else ():
        if name in value:
            rest = {key: each for key, each in value.items() if key != name}
            yield "required property left out" + deep, rest, False
    if is_closed(schema):
        yield "undeclared property" + deep, {**value, UNDECLARED: 1}, True
    if schema.get("minProperties", 0) > 0:
        yield "minProperties", dict(list(value.items())[: schema["minProperties"] - 1]), False
