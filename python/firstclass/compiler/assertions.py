"""Keywords that judge a value by itself: types, lengths, numbers, patterns, formats, enumerations; and our own."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from firstclass.compiler.classification import read_mask
from firstclass.compiler.fields import CLASSIFICATION, EXTENSION
from firstclass.compiler.keywords import check_waiver, read_extension, read_object, read_owner, waives_pattern
from firstclass.compiler.nodes import Node
from firstclass.compiler.schema_keywords import FORMATS, SILENT_FORMATS, TYPES
from firstclass.compiler.schemas import Direction, Job, Schemas
from firstclass.compiler.value_types import declared_types, is_nullable
from firstclass.model.suggestions import did_you_mean

Handler = Callable[[Schemas, Job, Node], None]
# A string whose pattern nobody checks is at least not endless.
UNCHECKED_MAX_LENGTH = 1024
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_NUMERIC_FORMATS = ("int32", "int64", "float", "double")


def _wrong(schemas: Schemas, value: Node, keyword: str, expected: str) -> None:
    message = f"{keyword} must be {expected}, not {value.kind}"
    schemas.findings.error(value, "wrong_type", message, f"write {expected} here")


def as_number(value: Node) -> int | Decimal | None:
    """The number that a node is, or None (a boolean is none)."""
    if isinstance(value.value, bool) or not isinstance(value.value, int | Decimal):
        return None
    return value.value


def as_count(value: Node) -> int | None:
    """The non-negative integer that a node is (`2.0` is one, JSON Schema 2020-12 §4.2.3), or None."""
    number = as_number(value)
    if number is None or number < 0 or number != number // 1 or number >= 2**63:
        return None
    return int(number)


def _count(keyword: str, name: str) -> Handler:
    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        count = as_count(value)
        if count is None:
            _wrong(schemas, value, keyword, "a whole number from 0 on")
        else:
            job.out[name] = count

    return handler


def _bound(keyword: str, name: str) -> Handler:
    """`minimum` and `maximum`; in 3.0 a boolean beside them makes them exclusive."""
    exclusive = "exclusive" + keyword.capitalize()

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        number = as_number(value)
        if number is None:
            _wrong(schemas, value, keyword, "a number")
            return
        beside = job.node.find(exclusive)
        is_exclusive = beside is not None and beside.is_true
        job.out[f"exclusive_{name}" if is_exclusive else name] = number

    return handler


def _exclusive(keyword: str, name: str) -> Handler:
    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        number, is_modern = as_number(value), schemas.dialect.is_modern
        expected = "a number (OpenAPI 3.1)" if is_modern else "true or false (OpenAPI 3.0)"
        if number is None and not isinstance(value.value, bool):
            _wrong(schemas, value, keyword, expected)
            return
        if (number is None) == is_modern:
            message = f"{keyword} should be {expected}; it is read as the other version means it"
            schemas.findings.warning(value, "keyword_of_other_version", message, f"write {expected} here")
        if number is not None:
            job.out[name] = number

    return handler


def _multiple_of(schemas: Schemas, job: Job, value: Node) -> None:
    number = as_number(value)
    if number is None or number <= 0:
        _wrong(schemas, value, "multipleOf", "a number above 0")
    else:
        job.out["multiple_of"] = number


def _type(schemas: Schemas, job: Job, value: Node) -> None:
    names = value.sequence if value.is_sequence else [value]
    types: list[str] = []
    for name in names:
        if name.text == "file":
            types += [] if "string" in types else ["string"]
            message, hint = "type: file is of Swagger 2.0; it is read as a string of bytes", "write type: string"
            schemas.findings.warning(name, "keyword_of_other_version", message, hint)
        elif name.text not in TYPES:
            message = f"{name.plain()!r} is no type"
            schemas.findings.error(name, "unknown_type", message, did_you_mean(str(name.value), TYPES))
        elif name.text not in types:
            types.append(name.text)
    if is_nullable(job.node) and "null" not in types:
        types.append("null")
    job.out["types"] = types


def _nullable(schemas: Schemas, job: Job, value: Node) -> None:
    if not isinstance(value.value, bool):
        _wrong(schemas, value, "nullable", "true or false")
    if schemas.dialect.is_modern and value.is_true:
        message = "OpenAPI 3.1 has no nullable; it is read as 3.0 means it: null is valid here"
        hint = "write the type as a list: type: [string, 'null']"
        schemas.findings.warning(value, "keyword_of_other_version", message, hint)
    listed = job.node.find("enum")
    if value.is_true and listed is not None and all(item.value is not None for item in listed.sequence):
        message = "nullable changes nothing here, because enum does not list null"
        schemas.findings.warning(value, "null_not_listed", message, "add null to enum, or remove nullable")


def _enum(schemas: Schemas, job: Job, value: Node) -> None:
    if not value.is_sequence:
        _wrong(schemas, value, "enum", "a list of values")
        return
    if not value.sequence:
        schemas.findings.warning(value, "enum_empty", "no value is valid here", "list the values that are")
    job.out["enum"] = [_as_declared(schemas, job, item) for item in value.sequence]


def _as_declared(schemas: Schemas, job: Job, item: Node) -> Any:
    """A listed value; one that the declared type cannot have is what its author meant by it: `enum: [1, 2]` of
    strings. Without that no value would be valid."""
    types = declared_types(job.node)
    written: Any = item.plain()
    meant: Any = written
    if types is None or item.is_mapping or item.is_sequence or written is None:
        return written
    if types <= {"string", "null"} and not isinstance(written, str):
        meant = str(written).lower() if isinstance(written, bool) else str(written)
    elif types <= {"boolean", "null"} and written in ("true", "false"):
        meant = written == "true"
    elif types <= {"integer", "number", "null"} and isinstance(written, str) and _INTEGER.fullmatch(written):
        meant = int(written)
    if type(meant) is not type(written):
        message = f"{written!r} is of another type than declared; it is read as {meant!r}"
        schemas.findings.warning(item, "enum_of_other_type", message, "write it in the declared type")
    return meant


def _const(schemas: Schemas, job: Job, value: Node) -> None:
    if "enum" in job.node.mapping:
        job.out.setdefault("all_of", []).append(schemas.constant(value, {"enum": [value.plain()]}))
    else:
        job.out["enum"] = [value.plain()]


def _pattern(schemas: Schemas, job: Job, value: Node) -> None:
    if waives_pattern(job.node):
        why = "waived by x-firstclass: {pattern: unchecked}"
        schemas.findings.unenforced(value, f"the pattern {value.plain()!r}", why)
        return
    translated = schemas.tables.translate(value, conditions=True)
    if translated is None:
        return
    source = value.text or ""
    job.out["pattern"] = schemas.tables.pattern(source, translated.regex)
    conditions = job.out.setdefault("all_of", [])
    for regex in translated.all_of:
        conditions.append(schemas.constant(value, {"pattern": schemas.tables.pattern(source, regex)}))
    for regex in translated.none_of:
        found = {"types": ["string"], "pattern": schemas.tables.pattern(source, regex)}
        conditions.append(schemas.constant(value, {"not": schemas.constant(value, found)}))


def _format(schemas: Schemas, job: Job, value: Node) -> None:
    if value.text is None:
        _wrong(schemas, value, "format", "a string")
    elif value.text in FORMATS:
        job.out["format"] = value.text
    elif value.text not in SILENT_FORMATS:
        schemas.findings.unenforced(value, f"format: {value.text}", "this version has no check for this format")


def _flag(keyword: str, name: str) -> Handler:
    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        if not isinstance(value.value, bool):
            _wrong(schemas, value, keyword, "true or false")
        elif value.value:
            job.out[name] = True

    return handler


def _taken_away(keyword: str, direction: Direction) -> Handler:
    """`readOnly` and `writeOnly`: values that one direction never has, wherever their schema applies (`finish`)."""

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        if not isinstance(value.value, bool):
            _wrong(schemas, value, keyword, "true or false")
        elif value.value and direction == job.direction and job.flags == "members":
            why = "a parameter says what is meant and writes nothing: it holds in bodies"
            schemas.findings.unenforced(value, f"{keyword} of a parameter", why)

    return handler


def _names(schemas: Schemas, value: Node, keyword: str) -> list[str]:
    names = [item.text for item in value.sequence if item.text is not None]
    if not value.is_sequence or len(names) != len(value.sequence):
        _wrong(schemas, value, keyword, "a list of strings")
    return list(dict.fromkeys(names))


def _required(schemas: Schemas, job: Job, value: Node) -> None:
    if isinstance(value.value, bool):
        hint = "write required: [name, …] on the object that has the property"
        message = "required must be a list of names; a boolean here requires nothing"
        schemas.findings.warning(value, "required_without_effect", message, hint)
        return
    job.out["required"] = [name for name in _names(schemas, value, "required") if name not in job.absent]


def _dependent_required(schemas: Schemas, job: Job, value: Node) -> None:
    if not value.is_mapping:
        _wrong(schemas, value, "dependentRequired", "an object")
        return
    out = job.out.setdefault("dependent_required", [])
    for name, needed in value.mapping.items():
        names = [n for n in _names(schemas, needed, "dependentRequired") if n not in job.absent]
        out.append([name, names])


def _ours(schemas: Schemas, job: Job, value: Node) -> None:
    extension = read_extension(value, "schema", schemas.findings)
    check_waiver(extension, schemas.findings)
    for name, found in (
        ("owner", read_owner(extension, schemas.findings)),
        ("object", read_object(extension, schemas.findings)),
    ):
        if found is not None:
            job.out[name] = found


def _classification(schemas: Schemas, job: Job, value: Node) -> None:
    mask = read_mask(schemas, job, value)
    if mask is not None:
        job.out["mask"] = mask


def finish(schemas: Schemas, job: Job) -> None:
    """What depends on several keywords at once."""
    out = job.out
    if waives_pattern(job.node) and "pattern" in job.node.mapping and job.direction == "request":
        out["max_length"] = min(out.get("max_length", UNCHECKED_MAX_LENGTH), UNCHECKED_MAX_LENGTH)
    if "contains" not in out:
        out.pop("min_contains", None)
        out.pop("max_contains", None)
    if "if" not in out:
        out.pop("then", None)
        out.pop("else", None)
    if job.flags == "held":
        _take_away(job)
    types = set(out.get("types", ()))
    if out.get("format") in _NUMERIC_FORMATS and types and not types & {"integer", "number"}:
        value = job.node.mapping["format"]
        message = f"format: {value.text} says nothing about {' or '.join(sorted(types))}"
        schemas.findings.warning(value, "format_without_effect", message, "write type: integer or type: number")
    for name in [name for name, value in out.items() if value == [] and name not in ("enum", "types")]:
        del out[name]


def _take_away(job: Job) -> None:
    """A value that no request has is judged by nothing else; one that no answer has is left out, whatever it is."""
    flag = job.node.find("readOnly" if job.direction == "request" else "writeOnly")
    if flag is None or not flag.is_true:
        return
    if job.direction == "response":
        job.out["dropped"] = True
    else:
        job.out.clear()
        job.out["never"] = "readOnly"


ASSERTIONS: dict[str, Handler] = {
    "type": _type,
    "nullable": _nullable,
    "enum": _enum,
    "const": _const,
    "minLength": _count("minLength", "min_length"),
    "maxLength": _count("maxLength", "max_length"),
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound("minimum", "minimum"),
    "maximum": _bound("maximum", "maximum"),
    "exclusiveMinimum": _exclusive("exclusiveMinimum", "exclusive_minimum"),
    "exclusiveMaximum": _exclusive("exclusiveMaximum", "exclusive_maximum"),
    "multipleOf": _multiple_of,
    "required": _required,
    "dependentRequired": _dependent_required,
    "minProperties": _count("minProperties", "min_properties"),
    "maxProperties": _count("maxProperties", "max_properties"),
    "minItems": _count("minItems", "min_items"),
    "maxItems": _count("maxItems", "max_items"),
    "minContains": _count("minContains", "min_contains"),
    "maxContains": _count("maxContains", "max_contains"),
    "uniqueItems": _flag("uniqueItems", "unique_items"),
    "readOnly": _taken_away("readOnly", "request"),
    "writeOnly": _taken_away("writeOnly", "response"),
    EXTENSION: _ours,
    CLASSIFICATION: _classification,
}
