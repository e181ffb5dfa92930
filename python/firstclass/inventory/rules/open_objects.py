"""Objects that may hold properties which nobody declared, in requests and in answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.amending import amend, remove
from firstclass.inventory.emptied import is_anything
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.model.counted import listed

_OPEN = ("additionalProperties", "unevaluatedProperties")
# What narrows a schema; an object without any of them takes anything.
_NARROWING = frozenset(
    {
        *("types", "enum", "reference", "all_of", "any_of", "one_of", "properties", "items", "pattern", "never"),
        *("max_length", "minimum", "maximum", "format", "additional", "not", "pattern_properties", "max_properties"),
    }
)
_DESCRIBES = frozenset(
    {
        *("properties", "additional", "pattern_properties", "reference", "all_of", "any_of", "one_of", "enum"),
        *("unevaluated_properties", "then", "else", "dependent_schemas", "never", "property_names"),
    }
)


def find_open_objects(facts: Facts) -> Iterator[Harm]:
    """One harm for each object as it is declared; one that requests and answers share is told as a request's."""
    told: set[int] = set()
    table = facts.table
    for index, schema in enumerate(table.schemas):
        source = table.source(index)
        keyword = _open_keyword(table.schemas, schema, source)
        if keyword is None or id(source.path) in told:
            continue
        if facts.taken[index] and not is_anything(table.schemas, index):
            told.add(id(source.path))
            yield _open_harm(facts, index, keyword, "request")
    for index, schema in enumerate(table.schemas):
        source = table.source(index)
        keyword = _open_keyword(table.schemas, schema, source)
        if is_anything(table.schemas, index) and not _stands_for_itself(facts, index):
            continue  # it is told where it is referred to
        if keyword is not None and facts.given[index] and id(source.path) not in told:
            told.add(id(source.path))
            yield _open_harm(facts, index, keyword, "answer")
    yield from _unread(facts)
    yield from _undescribed(facts)


def _stands_for_itself(facts: Facts, index: int) -> bool:
    """Whether a property, a list's item or a whole answer is anything, and not only what further properties are."""
    roots = [media.schema for operation in facts.operations for media in facts.answers(operation)]
    for other, schema in enumerate(facts.table.schemas):
        if facts.given[other] and other != index:
            below = [each for word in ("properties", "pattern_properties") for _, each in schema.get(word, ())]
            below += [schema.get("items"), *schema.get("prefix_items", ()), *schema.get("all_of", ())]
            roots += [*below, *schema.get("any_of", ()), *schema.get("one_of", ())]
    return index in roots


def _open_keyword(schemas: list[dict[str, Any]], schema: dict[str, Any], source: Node) -> str | None:
    for word, name in zip(("additional", "unevaluated_properties"), _OPEN, strict=True):
        if word not in schema or name not in source.mapping:
            continue
        if not _NARROWING & set(schemas[schema[word]]) or is_anything(schemas, schema[word]):
            return name
    return None


def _open_harm(facts: Facts, index: int, keyword: str, side: str) -> Harm:
    source = facts.table.source(index)
    node = source.mapping[keyword]
    bits = facts.taken[index] if side == "request" else facts.given[index]
    operations = facts.named(bits)
    names = listed([operation.id for operation in operations])
    what = "takes" if side == "request" else "may hold"
    shared = ", and so may its answers" if side == "request" and facts.given[index] else ""
    message = f"the {side} {what} any property that nobody declared{shared}: {names}"
    advice = "" if facts.places.find(node) else f"no overlay reaches {node.file}; remove {keyword} there"
    actions = remove(facts, node)
    if facts.given[index] and not _names_any(facts, index) and _is_kept(facts, index):
        # It was written so that callers go on getting it: without it nothing would be left of the answer.
        actions, advice = (
            [],
            f"name the properties that it has, and then remove {keyword}: until then anything may leave",
        )
    code = "request_of_anything" if side == "request" else "answer_of_anything"
    indices = [operation.index for operation in operations]
    return harm(code, node, message, actions, advice=advice, operations=indices, sample=names)


def _is_kept(facts: Facts, index: int) -> bool:
    schema = facts.table.schemas[index]
    below = [schema[word] for word in ("additional", "unevaluated_properties") if word in schema]
    return any(is_anything(facts.table.schemas, each) for each in below)


def _names_any(facts: Facts, index: int) -> bool:
    named = _DESCRIBES - {"additional", "unevaluated_properties", "reference", "all_of", "any_of", "one_of"}
    return any(named & set(facts.table.schemas[each]) for each in facts.table.same(index))


def _unread(facts: Facts) -> Iterator[Harm]:
    """Answers whose media type is `*/*`, and no schema says of what: whatever the API answers leaves."""
    found: dict[Node, list[Operation]] = {}
    for operation in facts.operations:
        for media in facts.answers(operation):
            if media.kind == "opaque" and media.lowered["media_type"] == "*/*" and media.node.find("schema") is None:
                found.setdefault(media.node, []).append(operation)
    for node, operations in found.items():
        names = listed([operation.id for operation in operations])
        message = f"the answer may be anything, and nobody looks into it: {names}"
        advice = "declare the media type that it has, with its properties: until then anything may leave"
        indices = [operation.index for operation in operations]
        yield harm("answer_of_anything", node, message, advice=advice, operations=indices, sample=names)


def _undescribed(facts: Facts) -> Iterator[Harm]:
    """Request bodies whose top object names no property: nobody can judge them."""
    told: set[int] = set()
    for operation in facts.operations:
        for media in facts.bodies(operation):
            index = media.schema
            if index is None or media.kind == "opaque":
                continue
            schema, source = facts.table.schemas[index], facts.table.source(index)
            types = facts.table.types(index)
            if _DESCRIBES & set(schema) or (types is not None and "object" not in types):
                continue
            if types is not None and types - {"object", "null"} and "items" in schema:
                continue
            if id(source.path) in told:
                continue
            told.add(id(source.path))
            yield _undescribed_harm(facts, source, media.node, operation.index, operation.id)


def _undescribed_harm(facts: Facts, source: Node, media: Node, index: int, name: str) -> Harm:
    message = f"the request of {name} does not name its properties: any object may come"
    advice = "name its properties; until then an object without any is all that passes"
    closed = {"type": "object", "additionalProperties": False}
    has_schema = source.path is not media.path
    actions = amend(facts, source, closed) if has_schema else amend(facts, media, {"schema": closed})
    return harm("request_undescribed", source, message, actions, advice=advice, operations=[index], sample=name)
