"""Values that no style of a parameter can carry: nobody could send a valid request, and servers would each read
something else into an invalid one (OpenAPI 3.1 §4.8.12.4 leaves nesting undefined)."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.shapes import parts
from firstclass.compiler.value_types import find_types

_HINT = (
    "write content: {application/json: {schema: …}} in place of schema, or declare the type that the style is made for"
)


def check_style(compilation: Compilation, node: Node, schema: Node, document: Document, out: dict[str, Any]) -> None:
    """Complain where the style of the lowered parameter `out` does not fit the type of its schema, or of its parts."""
    if out["json"]:
        return
    shape, style = next(iter(out["shape"])), out["style"]
    problem = None
    if style == "deep_object" and shape != "object":
        problem = "style: deepObject needs a schema of type: object"
    elif style in ("space_delimited", "pipe_delimited") and shape == "scalar":
        problem = "this style needs a schema of type: array"
    if problem is not None:
        at = node.find("style") or node
        hint = "declare the type that the style is made for, or remove the style"
        compilation.findings.error(at, "style_does_not_fit", problem, hint)
        return
    _check_parts(compilation, schema, compilation.schemas.scopes.of_schema(schema, document), shape, out)


def _check_parts(
    compilation: Compilation, schema: Node, scope: Scope, shape: str, out: dict[str, Any], depth: int = 0
) -> None:
    """Items and properties: scalars, but for the lists and objects that brackets or repeated names can spell."""
    schemas = compilation.schemas
    is_deep = out["style"] == "deep_object"
    is_repeated = out["in"] == "query" and out["explode"]
    for part, inner in parts(schemas, schema, scope):
        if shape == "array":
            items = part.find("items")
            if items is not None and items.is_mapping and _kind(compilation, items, inner) != "scalar":
                message = f"no style can write the items of {out['name']!r}: they are lists or objects themselves"
                compilation.findings.error(items, "style_does_not_fit", message, _HINT)
            continue
        members = part.find("properties")
        for name, child in members.mapping.items() if members is not None and shape == "object" else ():
            kind = _kind(compilation, child, inner)
            fits = kind == "scalar" or is_deep or (kind == "array" and is_repeated)
            if not fits:
                what = "a list" if kind == "array" else "an object"
                message = f"this style cannot write the property {name!r} of {out['name']!r}: it is {what} itself"
                compilation.findings.error(child, "style_does_not_fit", message, _HINT, key=True)
            elif kind != "scalar" and depth < 4:
                _check_parts(compilation, child, inner, kind, out, depth + 1)


def _kind(compilation: Compilation, schema: Node, scope: Scope) -> str:
    """What values of this schema always are; a scalar where they can be one."""
    types = find_types(compilation.schemas, schema, scope)
    structured = types - {"null"} if types is not None else frozenset({"string"})
    if not structured or not structured <= {"array", "object"}:
        return "scalar"
    return "object" if "object" in structured else "array"
