"""Keywords that apply other schemas: to members and items, and to the same value; and the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firstclass.compiler.fields import check_fields
from firstclass.compiler.nodes import Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.schemas import NOTHING, Direction, Job, Schemas

Handler = Callable[[Schemas, Job, Node], None]
_TAKEN_AWAY = {"request": "readOnly", "response": "writeOnly"}
_REMOVED: dict[Direction, dict[str, Any]] = {"request": {"never": "readOnly"}, "response": {"dropped": True}}


def _expect(schemas: Schemas, value: Node, keyword: str, fits: bool, expected: str) -> bool:
    if not fits:
        message = f"{keyword} must be {expected}, not {value.kind}"
        schemas.findings.error(value, "wrong_type", message, f"write {expected} here")
    return fits


def is_flagged(schemas: Schemas, node: Node, scope: Scope, flag: str) -> bool:
    """Whether a property's schema, or one that it refers to or is composed of, has `readOnly` or `writeOnly: true`."""
    seen: set[Node] = set()
    waiting = [(node, scope)]
    while waiting:
        node, scope = waiting.pop()
        if node in seen or not node.is_mapping:
            continue
        seen.add(node)
        value = node.find(flag)
        if value is not None and value.is_true:
            return True
        scope = schemas.scopes.inside(node, scope)
        members = node.find("allOf")
        waiting.extend((member, scope) for member in (members.sequence if members is not None else ()))
        reference = node.find("$ref")
        found = schemas.scopes.resolve(reference, scope) if reference is not None else None
        waiting.extend([found] if found is not None else [])
    return False


def absent_names(schemas: Schemas, node: Node, scope: Scope, direction: Direction) -> frozenset[str]:
    """Names that no value of this direction has: readOnly in requests, writeOnly in answers, through allOf and $ref."""
    names: set[str] = set()
    seen: set[Node] = set()
    waiting = [(node, scope)]
    while waiting:
        node, scope = waiting.pop()
        if node in seen or not node.is_mapping:
            continue
        seen.add(node)
        scope = schemas.scopes.inside(node, scope)
        properties = node.find("properties")
        for name, child in properties.mapping.items() if properties is not None else ():
            if is_flagged(schemas, child, scope, _TAKEN_AWAY[direction]):
                names.add(name)
        members = node.find("allOf")
        waiting.extend((member, scope) for member in (members.sequence if members is not None else ()))
        reference = node.find("$ref")
        found = schemas.scopes.resolve(reference, scope) if reference is not None else None
        if found is not None:
            waiting.append(found)
    return frozenset(names) or NOTHING


def _child(name: str) -> Handler:
    """A schema for a part of the value."""

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        job.out[name] = schemas.index(value, job.scope, job.direction)

    return handler


def _same(name: str) -> Handler:
    """A schema for the same value."""

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        job.out[name] = schemas.index(value, job.scope, job.direction, job.absent)

    return handler


def _all_same(keyword: str, name: str) -> Handler:
    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        fits = value.is_sequence and bool(value.sequence)
        if _expect(schemas, value, keyword, fits, "a list with at least one schema"):
            indexes = [schemas.index(item, job.scope, job.direction, job.absent) for item in value.sequence]
            job.out.setdefault(name, []).extend(indexes)

    return handler


def _properties(schemas: Schemas, job: Job, value: Node) -> None:
    if not _expect(schemas, value, "properties", value.is_mapping, "an object"):
        return
    flag, removed = _TAKEN_AWAY[job.direction], _REMOVED[job.direction]
    out = []
    for name, child in value.mapping.items():
        if is_flagged(schemas, child, job.scope, flag):
            schemas.index(child, job.scope, job.direction)  # for its complaints
            out.append([name, schemas.constant(child, dict(removed))])
        else:
            out.append([name, schemas.index(child, job.scope, job.direction)])
    job.out["properties"] = out


def _pattern_properties(schemas: Schemas, job: Job, value: Node) -> None:
    if not _expect(schemas, value, "patternProperties", value.is_mapping, "an object"):
        return
    out = []
    for source, child in value.mapping.items():
        # The pattern stands in the key; complaints about it point there.
        key = Node(source, child.file, child.key_line, child.key_column, child.key_line, child.key_column, child.path)
        translated = schemas.tables.translate(key)
        if translated is not None:
            pattern = schemas.tables.pattern(source, translated.regex)
            out.append([pattern, schemas.index(child, job.scope, job.direction)])
    job.out["pattern_properties"] = out


def _items(schemas: Schemas, job: Job, value: Node) -> None:
    if not value.is_sequence:
        job.out["items"] = schemas.index(value, job.scope, job.direction)
    elif schemas.dialect.is_modern:
        message = "items must be one schema, not a list"
        schemas.findings.error(value, "wrong_type", message, "write prefixItems for a list of schemas")
    else:
        job.out["prefix_items"] = [schemas.index(item, job.scope, job.direction) for item in value.sequence]
        rest = job.node.find("additionalItems")
        if rest is not None:
            job.out["items"] = _truth_or_schema(schemas, job, rest)


def _truth_or_schema(schemas: Schemas, job: Job, value: Node) -> int:
    """3.0 knows true and false as schemas here only."""
    if isinstance(value.value, bool):
        return schemas.constant(value, {} if value.value else {"never": "false"})
    return schemas.index(value, job.scope, job.direction)


def _additional(schemas: Schemas, job: Job, value: Node) -> None:
    job.out["additional"] = _truth_or_schema(schemas, job, value)


def _prefix_items(schemas: Schemas, job: Job, value: Node) -> None:
    if _expect(schemas, value, "prefixItems", value.is_sequence, "a list of schemas"):
        job.out["prefix_items"] = [schemas.index(item, job.scope, job.direction) for item in value.sequence]
        _warn_open(schemas, job.node, value)


def _warn_open(schemas: Schemas, node: Node, value: Node) -> None:
    """Objects are closed where nothing opens them; lists are as the standard has them, and that is easily missed."""
    limit = node.find("maxItems")
    is_bounded = limit is not None and isinstance(limit.value, int) and limit.value <= len(value.sequence)
    if not is_bounded and not {"items", "unevaluatedItems", "additionalItems"} & set(node.mapping):
        message = f"after the {len(value.sequence)} items that prefixItems names any other item passes"
        schemas.findings.warning(value, "open_tuple", message, "write items: false beside it to end the list", key=True)


def _dependent_schemas(schemas: Schemas, job: Job, value: Node) -> None:
    if _expect(schemas, value, "dependentSchemas", value.is_mapping, "an object"):
        out = job.out.setdefault("dependent_schemas", [])
        for name, child in value.mapping.items():
            out.append([name, schemas.index(child, job.scope, job.direction, job.absent)])


def _dependencies(schemas: Schemas, job: Job, value: Node) -> None:
    """Draft 4: a list of names or a schema."""
    if not _expect(schemas, value, "dependencies", value.is_mapping, "an object"):
        return
    for name, child in value.mapping.items():
        if child.is_sequence:
            names = [item.text for item in child.sequence if item.text is not None and item.text not in job.absent]
            job.out.setdefault("dependent_required", []).append([name, names])
        else:
            index = schemas.index(child, job.scope, job.direction, job.absent)
            job.out.setdefault("dependent_schemas", []).append([name, index])


def _reference(schemas: Schemas, job: Job, value: Node) -> None:
    found = schemas.scopes.resolve(value, job.scope)
    if found is not None:
        job.out["reference"] = schemas.index(found[0], found[1], job.direction, job.absent)


def _dynamic_reference(schemas: Schemas, job: Job, value: Node) -> None:
    found = schemas.scopes.resolve_dynamic(value, job.scope)
    if found is None:
        return
    index = schemas.index(found[0], found[1], job.direction, job.absent)
    if "$ref" in job.node.mapping:
        job.out.setdefault("all_of", []).append(index)
    else:
        job.out["reference"] = index


def _recursive_reference(schemas: Schemas, job: Job, value: Node) -> None:
    found = schemas.scopes.resolve_recursive(value, job.scope)
    if found is None:
        message, hint = "OpenAPI 3.1 schemas have no '$recursiveRef'", "write $dynamicRef, or $ref"
        schemas.findings.error(value, "unknown_keyword", message, hint, key=True)
        return
    index = schemas.index(found[0], found[1], job.direction, job.absent)
    job.out.setdefault("all_of", []).append(index)


def _discriminator(schemas: Schemas, job: Job, value: Node) -> None:
    if value.text is not None:
        return  # Swagger 2.0 names the property on a base schema: its children's properties judge by themselves
    if not _expect(schemas, value, "discriminator", value.is_mapping, "an object"):
        return
    check_fields(value, ("propertyName", "mapping", "defaultMapping"), "a discriminator", schemas.findings)
    if "defaultMapping" in value.mapping:
        schemas.findings.unenforced(value, "a discriminator with defaultMapping", "every alternative is tried instead")
        return
    name = value.find("propertyName")
    if name is None or name.text is None:
        message = "a discriminator needs propertyName, the name of a property"
        schemas.findings.error(value, "discriminator_invalid", message, "write propertyName: kind")
        return
    branches = _branches(schemas, job)
    mapping = _explicit(schemas, job, value) if branches else {}
    if not branches:
        return  # on a base schema of allOf children: their properties judge by themselves
    targets = {node for node, _, _ in branches}
    out = []
    for word, (node, scope, at) in mapping.items():
        if node not in targets:
            message = f"the discriminator's {word!r} leads to a schema that is none of the alternatives"
            schemas.findings.warning(at, "discriminator_invalid", message, "list it under oneOf or anyOf too")
            continue
        out.append([word, schemas.index(node, scope, job.direction, job.absent)])
    for node, scope, implicit in branches:
        if implicit is not None and implicit not in mapping:
            out.append([implicit, schemas.index(node, scope, job.direction, job.absent)])
    job.out["discriminator"] = {"property": name.text, "mapping": out}


def _branches(schemas: Schemas, job: Job) -> list[tuple[Node, Scope, str | None]]:
    """The alternatives: where each leads, and the name that the standard gives it (the last part of its reference)."""
    out: list[tuple[Node, Scope, str | None]] = []
    for keyword in ("oneOf", "anyOf"):
        alternatives = job.node.find(keyword)
        for item in alternatives.sequence if alternatives is not None else ():
            reference = item.find("$ref")
            node, scope = schemas.settle(item, job.scope)
            if reference is None:
                message = "a schema written in place cannot be chosen by a discriminator: every alternative is tried"
                hint = "put it into components/schemas and refer to it with $ref"
                schemas.findings.warning(item, "discriminator_invalid", message, hint)
                return []
            out.append((node, scope, (reference.text or "").rpartition("/")[2] or None))
    return out


def _explicit(schemas: Schemas, job: Job, value: Node) -> dict[str, tuple[Node, Scope, Node]]:
    mapping = value.find("mapping")
    if mapping is None or not _expect(schemas, mapping, "mapping", mapping.is_mapping, "an object"):
        return {}
    out = {}
    for word, target in mapping.mapping.items():
        text = target.text
        if text is None:
            _expect(schemas, target, "a mapping's target", False, "a string")
            continue
        root = job.scope.resource.document.root
        named = root.find("components", "schemas", text) if text.replace("_", "").isalnum() else None
        reference = target.with_value(f"#/components/schemas/{text}") if named is not None else target
        found = schemas.scopes.resolve(reference, job.scope)
        if found is not None:
            out[word] = (*schemas.settle(*found), target)
    return out


APPLICATORS: dict[str, Handler] = {
    "$ref": _reference,
    "$dynamicRef": _dynamic_reference,
    "$recursiveRef": _recursive_reference,
    "allOf": _all_same("allOf", "all_of"),
    "anyOf": _all_same("anyOf", "any_of"),
    "oneOf": _all_same("oneOf", "one_of"),
    "not": _child("not"),
    "if": _same("if"),
    "then": _same("then"),
    "else": _same("else"),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _child("property_names"),
    "unevaluatedProperties": _child("unevaluated_properties"),
    "dependentSchemas": _dependent_schemas,
    "dependencies": _dependencies,
    "items": _items,
    "prefixItems": _prefix_items,
    "contains": _child("contains"),
    "unevaluatedItems": _child("unevaluated_items"),
    "discriminator": _discriminator,
}
