"""`reveals` on a parameter: which hidden fields its values tell of, by the order or the choice of what is answered."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.schemas import Schemas
from firstclass.model.suggestions import did_you_mean

MAX_DEPTH = 30
_HINT = "write reveals: contact, a list of categories, or {value: category} for values of the enum"


def read_reveals(
    compilation: Compilation, extension: dict[str, Node], schema: Node, document: Document
) -> list[dict[str, Any]]:
    """The bundle's form of `reveals`: for any value (`value` is null), or for each that is named."""
    node = extension.get("reveals")
    if node is None:
        return []
    compilation.features.add("reveals")
    if not node.is_mapping:
        return [{"value": None, "categories": _categories(compilation, node)}]
    values = find_values(compilation.schemas, schema, document)
    if values is None:
        message = "reveals names values, and the parameter takes others too: each spelling of one would be a way round"
        compilation.findings.error(node, "reveals_invalid", message, "add an enum to its schema, or name a category")
        return []
    for value, at in node.mapping.items():
        if value not in values:
            message = f"{value!r} is no value of the parameter"
            compilation.findings.error(at, "reveals_invalid", message, did_you_mean(value, values), key=True)
    _warn_of_others(compilation, node, values)
    return [{"value": value, "categories": _categories(compilation, at)} for value, at in node.mapping.items()]


def _categories(compilation: Compilation, node: Node) -> list[int]:
    """Indices of the categories; whether anything is masked by them is known when all schemas are lowered."""
    items = node.sequence if node.is_sequence else [node]
    if not items:
        compilation.findings.error(node, "reveals_invalid", "reveals names no category", _HINT)
    out: list[int] = []
    for item in items:
        if not item.text:
            compilation.findings.error(item, "reveals_invalid", f"reveals cannot be {item.kind}", _HINT)
            continue
        index = compilation.tables.category(item.text, item)
        if index is not None and index not in out:
            compilation.revealed.append((item, index))
            out.append(index)
    return sorted(out)


def _warn_of_others(compilation: Compilation, node: Node, values: set[str]) -> None:
    """`-phone` tells as much as `phone` does."""
    named = {_bare(value) for value in node.mapping}
    for value in sorted(values - set(node.mapping)):
        if _bare(value) in named:
            message = f"reveals does not name {value!r}, which looks like another order of the same field"
            compilation.findings.warning(node, "reveals_incomplete", message, f"add {value!r} if it reveals the same")


def _bare(value: str) -> str:
    """The field's name in `-phone`, `phone:desc`, `phone_asc`, `phone desc`."""
    bare = value.strip("+-").casefold()
    for order in ("desc", "asc"):
        if bare.endswith(order) and bare[: -len(order)][-1:] in (":", "_", " ", ".", "-", ","):
            return bare[: -len(order) - 1]
    return bare


def check_revealed(compilation: Compilation) -> None:
    """A category that no field is masked by is a misspelling: nothing would ever be refused for it, or everything."""
    masked = {node["mask"]["category"] for node in compilation.schemas.nodes if "mask" in node}
    names = [compilation.tables.categories[index] for index in masked]
    for node, index in compilation.revealed:
        if index not in masked:
            message = f"no field of this contract is masked by the category {node.text!r}"
            compilation.findings.error(node, "reveals_invalid", message, did_you_mean(node.text or "", names))


def find_values(schemas: Schemas, node: Node, document: Document) -> set[str] | None:
    """The values that a parameter, or an item of its list, can have, as text; None: any."""
    scope = schemas.scopes.of_schema(node, document)
    own = _values(schemas, node, scope, 0)
    return own if own is not None else _item_values(schemas, node, scope)


def _item_values(schemas: Schemas, node: Node, scope: Scope) -> set[str] | None:
    node, scope = schemas.settle(node, scope)
    items = node.find("items")
    return None if items is None else _values(schemas, items, schemas.scopes.inside(node, scope), 0)


def _values(schemas: Schemas, node: Node, scope: Scope, depth: int) -> set[str] | None:
    node, scope = schemas.settle(node, scope)
    scope = schemas.scopes.inside(node, scope)
    if depth > MAX_DEPTH or not node.is_mapping:
        return None
    limits: list[set[str] | None] = [_own(node)]
    reference = node.find("$ref")
    found = schemas.scopes.resolve(reference, scope) if reference is not None else None
    if found is not None:
        limits.append(_values(schemas, found[0], found[1], depth + 1))
    parts = node.find("allOf")
    limits += [_values(schemas, part, scope, depth + 1) for part in (parts.sequence if parts is not None else ())]
    for key in ("oneOf", "anyOf"):
        branches = node.find(key)
        if branches is not None and branches.sequence:
            either = [_values(schemas, branch, scope, depth + 1) for branch in branches.sequence]
            closed = [values for values in either if values is not None]
            limits.append(set().union(*closed) if len(closed) == len(either) else None)
    known = [values for values in limits if values is not None]
    return set.intersection(*known) if known else None


def _own(node: Node) -> set[str] | None:
    """What `enum` and `const` list."""
    listed = node.find("enum")
    constant = node.find("const")
    if listed is None and constant is None:
        return None
    items = [*(listed.sequence if listed is not None else ()), *([constant] if constant is not None else ())]
    return {_text(item) for item in items if item.value is not None}


def _text(node: Node) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return node.text if node.text is not None else str(node.plain())
