"""Which types a value of a schema can have, as far as the contract says: for masks, and to read parameters as JSON."""

from __future__ import annotations

from decimal import Decimal

from firstclass.compiler.nodes import Node
from firstclass.compiler.schema_keywords import TYPES
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.schemas import Schemas

_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
MAX_DEPTH = 30


def find_types(schemas: Schemas, node: Node, scope: Scope, depth: int = 0) -> frozenset[str] | None:
    """The types that the schema allows by `type`, `enum`, `const`, its references and combinations; None: any."""
    node, scope = schemas.settle(node, scope)
    if depth > MAX_DEPTH or not node.is_mapping:
        return None
    key = (node, scope)
    if key not in schemas.known_types:
        schemas.known_types[key] = None  # what a recursive schema says about itself is no news
        schemas.known_types[key] = _combined(schemas, node, schemas.scopes.inside(node, scope), depth)
    return schemas.known_types[key]


def _combined(schemas: Schemas, node: Node, scope: Scope, depth: int) -> frozenset[str] | None:
    types = _own(node)
    for key in ("$ref", "$dynamicRef"):
        reference = node.find(key)
        found = schemas.scopes.resolve(reference, scope) if reference is not None else None
        if found is not None:
            types = _both(types, find_types(schemas, found[0], found[1], depth + 1))
    members = node.find("allOf")
    for member in members.sequence if members is not None else ():
        types = _both(types, find_types(schemas, member, scope, depth + 1))
    for key in ("oneOf", "anyOf"):
        alternatives = node.find(key)
        if alternatives is None or not alternatives.sequence:
            continue
        either: frozenset[str] | None = frozenset()
        for member in alternatives.sequence:
            found_types = find_types(schemas, member, scope, depth + 1)
            either = None if either is None or found_types is None else either | found_types
        types = _both(types, either)
    return types | {"null"} if types is not None and is_nullable(node) else types


def is_nullable(node: Node) -> bool:
    """Whether `nullable: true` stands here, or `x-nullable`, the word of Swagger's tools."""
    nullable = node.find("nullable") or node.find("x-nullable")
    return nullable is not None and nullable.is_true


def declared_types(node: Node) -> frozenset[str] | None:
    """What `type` says, with `nullable`."""
    declared = node.find("type")
    if declared is None:
        return None
    names = [item.text for item in declared.sequence] if declared.is_sequence else [declared.text]
    types = {name for name in names if name in TYPES}
    types |= {"string"} if "file" in names else set()
    types |= {"null"} if is_nullable(node) else set()
    return frozenset(types)


def _own(node: Node) -> frozenset[str] | None:
    types = declared_types(node)
    for key in ("enum", "const"):
        values = node.find(key)
        if values is not None and (key == "const" or values.is_sequence):
            listed = [values] if key == "const" else values.sequence
            types = _both(types, frozenset(_type_of(value) for value in listed))
    return types


def _type_of(value: Node) -> str:
    match value.value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case Decimal() as number:
            return "integer" if number == number.to_integral_value() else "number"
        case str():
            return "string"
        case dict():
            return "object"
        case _:
            return "array"


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    both = one & other
    if ("number" in one and "integer" in other) or ("integer" in one and "number" in other):
        both |= {"integer"}
    return both


def guess_types(node: Node) -> frozenset[str]:
    """What text is read as where the schema does not say: a number where numbers are bounded, else a string."""
    if any(key in node.mapping for key in _NUMERIC):
        return frozenset({"number", "string"})
    return frozenset({"string"})
