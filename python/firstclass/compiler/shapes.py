"""How the text of a parameter, header or form becomes a JSON value that its schema can judge."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.schemas import Schemas
from firstclass.compiler.value_types import find_types, guess_types

# The order in which the engine tries them.
ORDER = ("boolean", "null", "integer", "number", "string")
MAX_NESTING = 4
Shape = dict[str, Any]


def find_shape(schemas: Schemas, node: Node, document: Document) -> Shape:
    """The shape of values of this schema: a scalar, an array of scalars or an object."""
    return _shape(schemas, node, schemas.scopes.of_schema(node, document), 0)


def find_shape_alone(schemas: Schemas, node: Node, document: Document) -> Shape | None:
    """The shape of a value that is no list, where the schema lets a value be a list or a scalar; else None."""
    node, scope = schemas.settle(node, schemas.scopes.of_schema(node, document))
    types = find_types(schemas, node, schemas.scopes.inside(node, scope))
    scalars = [name for name in ORDER if name != "null" and types is not None and name in types]
    return {"scalar": scalars} if types is not None and "array" in types and scalars else None


def _shape(schemas: Schemas, node: Node, scope: Scope, nesting: int) -> Shape:
    node, scope = schemas.settle(node, scope)
    scope = schemas.scopes.inside(node, scope)
    types = find_types(schemas, node, scope)
    if types is None and any("properties" in part.mapping for part, _ in parts(schemas, node, scope)):
        types = frozenset({"object"})
    if types is not None and "object" in types and nesting < MAX_NESTING:
        return _object(schemas, node, scope, nesting)
    if types is not None and "array" in types:
        return {"array": _item_types(schemas, node, scope)}
    return {"scalar": _scalars(node, types)}


def _scalars(node: Node, types: frozenset[str] | None) -> list[str]:
    known = types if types is not None else guess_types(node)
    return [name for name in ORDER if name in known] or ["string"]


def _item_types(schemas: Schemas, node: Node, scope: Scope) -> list[str]:
    for part, inner in parts(schemas, node, scope):
        items = part.find("items")
        if items is not None and items.is_mapping:
            settled, _ = schemas.settle(items, inner)
            return _scalars(settled, find_types(schemas, items, inner))
    return ["string"]


def _object(schemas: Schemas, node: Node, scope: Scope, nesting: int) -> Shape:
    properties: dict[str, Shape] = {}
    additional: Shape | None = None
    for part, inner in parts(schemas, node, scope):
        members = part.find("properties")
        for name, child in members.mapping.items() if members is not None else ():
            properties.setdefault(name, _shape(schemas, child, inner, nesting + 1))
        rest = part.find("additionalProperties")
        if rest is not None and rest.value is not False and additional is None:
            is_schema = rest.is_mapping
            additional = _shape(schemas, rest, inner, nesting + 1) if is_schema else {"scalar": ["string"]}
    return {"object": {"properties": [[name, shape] for name, shape in properties.items()], "additional": additional}}


def parts(schemas: Schemas, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
    """The schemas that judge the same value: through references and combinations, each once."""
    out: list[tuple[Node, Scope]] = []
    seen: set[Node] = set()
    waiting = [(node, scope)]
    while waiting:
        node, scope = schemas.settle(*waiting.pop(0))
        if node in seen or not node.is_mapping:
            continue
        seen.add(node)
        scope = schemas.scopes.inside(node, scope)
        out.append((node, scope))
        for key in ("allOf", "oneOf", "anyOf"):
            members = node.find(key)
            waiting.extend((member, scope) for member in (members.sequence if members is not None else ()))
        for key in ("then", "else"):
            branch = node.find(key)
            waiting.extend([(branch, scope)] if branch is not None else [])
        reference = node.find("$ref")
        found = schemas.scopes.resolve(reference, scope) if reference is not None else None
        waiting.extend([found] if found is not None else [])
    return out
