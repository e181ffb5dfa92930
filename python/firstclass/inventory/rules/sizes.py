"""Texts, lists and uploads in requests that have no largest size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import Facts, Media, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.places import tokens
from firstclass.inventory.words import split

MAX_ITEMS = 100
MAX_UPLOAD = 10 * 1024 * 1024
TEXT, SHORT, LONG, ADDRESS = 1000, 200, 20_000, 2000
_PARTS = frozenset({"items", "schema", "allOf", "anyOf", "oneOf", "additionalProperties", "parameters"})
# Formats whose values cannot be long.
_SHORT_FORMATS = frozenset({"date", "date-time", "time", "uuid", "ipv4", "ipv6", "duration", "int32", "int64"})
_LONG_WORDS = frozenset(
    {
        *("description", "text", "body", "content", "message", "comment", "notes", "note", "html", "markdown", "query"),
        *("data", "payload", "template", "script", "prompt", "input", "source", "code", "certificate", "blob", "value"),
    }
)
_ENDLESS = re.compile(r"(?<!\\)[*+]|\{\d+,\}")
_AHEAD = re.compile(r"\(\?[=!][^()]*\)")
_WHOLE = re.compile(r"\^.*\$", re.DOTALL)


def find_unbounded(facts: Facts) -> Iterator[Harm]:
    """One harm for each schema as it is declared, however many requests lead to it."""
    in_parameters: dict[int, int] = {}
    names: dict[int, str] = {}
    for parameter in facts.parameters:
        root = parameter.lowered["schema"]
        for index in _with_items(facts, root):
            names.setdefault(index, parameter.name)
        in_parameters[root] = in_parameters.get(root, 0) | facts.takes(parameter.operation)
    by_parameters = facts.table.reached(in_parameters, through_masks=True)
    told: set[int] = set()
    for index, schema in enumerate(facts.table.schemas):
        bits = facts.taken[index] | by_parameters[index]
        source = facts.table.source(index)
        if not bits or "types" not in schema or id(source.path) in told:
            continue
        found = _judge(facts, schema, source, is_parameter=bool(by_parameters[index]))
        if found is not None:
            told.add(id(source.path))
            yield _harm(facts, found, source, bits, names.get(index) or _name(source))
    for operation in facts.operations:
        yield from _uploads(facts, operation, told)


def _with_items(facts: Facts, root: int) -> Iterator[int]:
    """The schema of a parameter, and those of a list's items where they stand inside it: a component has a name."""
    index: Any = root
    seen: set[int] = set()
    while isinstance(index, int) and index not in seen:
        if seen and "parameters" not in tokens(facts.table.source(index)):
            return
        seen.add(index)
        yield index
        index = facts.table.schemas[index].get("items")


def _judge(facts: Facts, schema: dict[str, Any], source: Node, *, is_parameter: bool) -> tuple[str, str, int] | None:
    """Code, keyword and value of the bound that is missing."""
    types = set(schema["types"]) - {"null"}
    if "enum" in schema or "never" in schema or schema.get("dropped"):
        return None
    if "string" in types and "max_length" not in schema and schema.get("format") not in _SHORT_FORMATS:
        if "pattern" in schema and _is_short(facts.lowered.document["patterns"][schema["pattern"]]["source"]):
            return None
        return "text_unbounded", "maxLength", _length(schema, source, is_parameter=is_parameter)
    if types == {"array"} and "max_items" not in schema and "items" in schema:
        return "list_unbounded", "maxItems", max(MAX_ITEMS, 2 * int(schema.get("min_items", 0)))
    return None


def _is_short(pattern: str) -> bool:
    """Whether what the pattern matches ends somewhere: anchored, and nothing in it repeats without end."""
    pattern = _AHEAD.sub("", pattern)
    return _WHOLE.fullmatch(pattern) is not None and not _ENDLESS.search(pattern) and "|" not in pattern


def _length(schema: dict[str, Any], source: Node, *, is_parameter: bool) -> int:
    name = next((t for t in reversed(tokens(source)) if isinstance(t, str) and t not in ("items", "schema")), "")
    if schema.get("format") == "email":
        usual = 254
    elif schema.get("format") in ("uri", "hostname") or {"url", "uri", "link"} & set(split(name)):
        usual = ADDRESS
    elif is_parameter:
        usual = SHORT
    else:
        usual = LONG if set(split(name)) & _LONG_WORDS else TEXT
    return max(usual, 2 * int(schema.get("min_length", 0)))


def _harm(facts: Facts, found: tuple[str, str, int], source: Node, bits: int, name: str) -> Harm:
    code, keyword, value = found
    operations = facts.named(bits)
    actions = amend(facts, source, {keyword: value})
    more = f" and {len(operations) - 1} more" if len(operations) > 1 else ""
    what = "text" if keyword == "maxLength" else "list"
    message = f"the {what} {name} has no {keyword}: {operations[0].id}{more}"
    advice = advise(source, {keyword: value}) if not actions else ""
    indices = [operation.index for operation in operations]
    return harm(code, source, message, actions, advice=advice, operations=indices, sample=f"{operations[0].id} {name}")


def _name(source: Node) -> str:
    """What a reader calls the value: its property or its component."""
    way = [token for token in tokens(source) if isinstance(token, str) and token not in _PARTS]
    return way[-1] if way else "of the body"


def _uploads(facts: Facts, operation: Operation, told: set[int]) -> Iterator[Harm]:
    for media in facts.bodies(operation):
        yield from _parts(facts, operation, media, told)
        if media.kind != "opaque" or media.lowered["kind"]["opaque"]["max_bytes"] is not None:
            continue
        if id(media.node.path) not in told:
            told.add(id(media.node.path))
            yield _upload(facts, operation, media)


def _parts(facts: Facts, operation: Operation, media: Media, told: set[int]) -> Iterator[Harm]:
    """Files and lists among the parts of a form."""
    for part, raw in facts.parts(media):
        binary = part["content"].get("binary")
        is_list = part["most"] is None
        if id(raw.path) in told or not (is_list or (binary is not None and binary["max_bytes"] is None)):
            continue
        told.add(id(raw.path))
        update: dict[str, Any] = {"maxItems": MAX_ITEMS} if is_list else {"maxLength": MAX_UPLOAD}
        what = (
            f"the list {part['name']} has no maxItems" if is_list else f"the file {part['name']} has no largest length"
        )
        at = _settled(facts, raw)
        actions = amend(facts, at, update)
        advice = advise(at, update) if not actions else ""
        code, message = "list_unbounded" if is_list else "upload_unbounded", f"{what}: {operation.id}"
        name = f"{operation.id} {part['name']}"
        yield harm(code, raw, message, actions, advice=advice, operations=[operation.index], sample=name)


def _upload(facts: Facts, operation: Operation, media: Media) -> Harm:
    schema = media.node.find("schema")
    bound: dict[str, Any] = {"maxLength": MAX_UPLOAD}
    update = bound
    if schema is None or schema.value is None:
        at, update = media.node, {"schema": {"type": "string", "format": "binary", **bound}}
    else:
        at = _settled(facts, schema)
    actions = amend(facts, at, update)
    kind = media.lowered["media_type"]
    message = f"a body of {kind} has no largest length: {operation.id}"
    advice = advise(at, update) if not actions else ""
    name = f"{operation.id} ({kind})"
    indices = [operation.index]
    return harm("upload_unbounded", media.node, message, actions, advice=advice, operations=indices, sample=name)


def _settled(facts: Facts, schema: Node) -> Node:
    compilation = facts.lowered.compilation
    return compilation.schemas.settle(schema, compilation.schemas.scopes.of_schema(schema, compilation.document))[0]
