"""Objects that may hold properties which nobody declared, in requests and in answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.amending import amend, remove
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Harm, harm

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
        if facts.taken[index]:
            told.add(id(source.path))
            yield _open_harm(facts, index, keyword, "request")
    for index, schema in enumerate(table.schemas):
        source = table.source(index)
        keyword = _open_keyword(table.schemas, schema, source)
        if keyword is not None and facts.given[index] and id(source.path) not in told:
            told.add(id(source.path))
            yield _open_harm(facts, index, keyword, "answer")
    yield from _undescribed(facts)


def _open_keyword(schemas: list[dict[str, Any]], schema: dict[str, Any], source: Node) -> str | None:
    for word, name in zip(("additional", "unevaluated_properties"), _OPEN, strict=True):
        if word in schema and name in source.mapping and not _NARROWING & set(schemas[schema[word]]):
            return name
    return None


def _open_harm(facts: Facts, index: int, keyword: str, side: str) -> Harm:
    source = facts.table.source(index)
    node = source.mapping[keyword]
    bits = facts.taken[index] if side == "request" else facts.given[index]
    operations = facts.named(bits)
    names = ", ".join(operation.id for operation in operations[:3])
    more = f" and {len(operations) - 3} more" if len(operations) > 3 else ""
    what = "takes" if side == "request" else "may hold"
    shared = ", and so may its answers" if side == "request" and facts.given[index] else ""
    message = f"the {side} {what} any property that nobody declared{shared}: {names}{more}"
    advice = "" if facts.places.find(node) else f"no overlay reaches {node.file}; remove {keyword} there"
    code = "request_of_anything" if side == "request" else "answer_of_anything"
    indices = [operation.index for operation in operations]
    return harm(code, node, message, remove(facts, node), advice=advice, operations=indices, sample=names)


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
