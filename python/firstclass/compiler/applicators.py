"""Keywords that apply other schemas: to members and items, and to the same value; and the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firstclass.compiler.fields import check_fields
from firstclass.compiler.nodes import Node
from firstclass.compiler.reaching import find_below, is_read_only, refuse_idle
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


def is_flagged(schemas: Schemas, node: Node, scope: Scope, flag: str, *, choices: bool = False) -> bool:
    """Whether a schema, or one that it refers to or is composed of, has `readOnly` or `writeOnly: true`. `choices`: or
    one of those that it chooses from."""
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
        for key in ("allOf", "anyOf", "oneOf") if choices else ("allOf",):
            members = node.find(key)
            waiting.extend((member, scope) for member in (members.sequence if members is not None else ()))
        reference = node.find("$ref")
        found = schemas.scopes.resolve(reference, scope) if reference is not None else None
        waiting.extend([found] if found is not None else [])
    return False


def absent_names(schemas: Schemas, node: Node, scope: Scope, direction: Direction) -> frozenset[str]:
    """Names that no value of this direction has: readOnly in requests, writeOnly in answers, through allOf and $ref. An
    answer need not have what would only be left out of it either (`SecretStr | None`)."""
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
            if is_flagged(schemas, child, scope, _TAKEN_AWAY[direction], choices=direction == "response"):
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
        job.out[name] = schemas.part(job, value)

    return handler


def _asked(name: str, where: str, hint: str) -> Handler:
    """A schema that values are merely held against: it applies to nothing, so that it can hide and hold nothing."""

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        refuse_idle(schemas, value, job.scope, value, where, hint)
        flags = "ignored" if _is_flagged_below(schemas, job, value) else job.flags
        job.out[name] = schemas.index(value, job.scope, job.direction, flags=flags)

    return handler


def _is_flagged_below(schemas: Schemas, job: Job, value: Node) -> bool:
    """Whether a request would be held to a `readOnly` below this schema."""
    is_held = job.direction == "request" and job.flags != "ignored"
    return is_held and find_below(schemas, value, job.scope, is_read_only) is not None


def _if(schemas: Schemas, job: Job, value: Node) -> None:
    """What holds of a value applies to it; whether it holds is asked without `readOnly`, which nothing ever meets."""
    if not _is_flagged_below(schemas, job, value):
        job.out["if"] = schemas.same(job, value)
        return
    job.out["if"] = schemas.index(value, job.scope, job.direction, job.absent, "ignored")
    then = job.node.find("then")
    both = [schemas.same(job, value), *([schemas.same(job, then)] if then is not None else [])]
    job.out["then"] = schemas.constant(value, {"all_of": both})


def _branch(name: str) -> Handler:
    """`then` and `else`; an `if` may have taken `then` already."""

    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        condition = job.node.find("if")
        if condition is None:
            hint = f"write if beside {name}, or remove it"
            refuse_idle(schemas, value, job.scope, value, f"under {name} without if", hint)
        if name == "else" or condition is None or not _is_flagged_below(schemas, job, condition):
            job.out[name] = schemas.same(job, value)

    return handler


def _contains(schemas: Schemas, job: Job, value: Node) -> None:
    """As with `if`: an item that would match but for `readOnly` is one that no request may have."""
    if not _is_flagged_below(schemas, job, value):
        job.out["contains"] = schemas.part(job, value)
        return
    asked = schemas.index(value, job.scope, job.direction, flags="ignored")
    job.out["contains"] = asked
    refused = schemas.constant(value, {"not": schemas.part(job, value)})
    item = schemas.constant(value, {"all_of": [asked, refused]})
    array = schemas.constant(value, {"types": ["array"], "contains": item})
    job.out.setdefault("all_of", []).append(schemas.constant(value, {"not": array}))


def _all_same(keyword: str, name: str) -> Handler:
    def handler(schemas: Schemas, job: Job, value: Node) -> None:
        fits = value.is_sequence and bool(value.sequence)
        if _expect(schemas, value, keyword, fits, "a list with at least one schema"):
            indexes = [schemas.same(job, item) for item in value.sequence]
            job.out.setdefault(name, []).extend(indexes)

    return handler


def _properties(schemas: Schemas, job: Job, value: Node) -> None:
    if not _expect(schemas, value, "properties", value.is_mapping, "an object"):
        return
    flag, removed = _TAKEN_AWAY[job.direction], _REMOVED[job.direction]
    out = []
    for name, child in value.mapping.items():
        if job.flags != "ignored" and is_flagged(schemas, child, job.scope, flag):
            schemas.index(child, job.scope, job.direction)  # for its complaints
            out.append([name, schemas.constant(child, dict(removed))])
        else:
            out.append([name, schemas.part(job, child)])
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
            out.append([pattern, schemas.part(job, child)])
    job.out["pattern_properties"] = out


def _items(schemas: Schemas, job: Job, value: Node) -> None:
    if not value.is_sequence:
        job.out["items"] = schemas.part(job, value)
    elif schemas.dialect.is_modern:
        message = "items must be one schema, not a list"
        schemas.findings.error(value, "wrong_type", message, "write prefixItems for a list of schemas")
    else:
        job.out["prefix_items"] = [schemas.part(job, item) for item in value.sequence]
        rest = job.node.find("additionalItems")
        if rest is not None:
            job.out["items"] = _truth_or_schema(schemas, job, rest)


def _truth_or_schema(schemas: Schemas, job: Job, value: Node) -> int:
    """3.0 knows true and false as schemas here only."""
    if isinstance(value.value, bool):
        return schemas.constant(value, {} if value.value else {"never": "false"})
    return schemas.part(job, value)


def _additional(schemas: Schemas, job: Job, value: Node) -> None:
    job.out["additional"] = _truth_or_schema(schemas, job, value)


def _prefix_items(schemas: Schemas, job: Job, value: Node) -> None:
    if _expect(schemas, value, "prefixItems", value.is_sequence, "a list of schemas"):
        job.out["prefix_items"] = [schemas.part(job, item) for item in value.sequence]
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
            out.append([name, schemas.same(job, child)])


def _dependencies(schemas: Schemas, job: Job, value: Node) -> None:
    """Draft 4: a list of names or a schema."""
    if not _expect(schemas, value, "dependencies", value.is_mapping, "an object"):
        return
    for name, child in value.mapping.items():
        if child.is_sequence:
            names = [item.text for item in child.sequence if item.text is not None and item.text not in job.absent]
            job.out.setdefault("dependent_required", []).append([name, names])
        else:
            index = schemas.same(job, child)
            job.out.setdefault("dependent_schemas", []).append([name, index])


def _reference(schemas: Schemas, job: Job, value: Node) -> None:
    found = schemas.scopes.resolve(value, job.scope)
    if found is not None:
        job.out["reference"] = schemas.same(job, *found)


def _dynamic_reference(schemas: Schemas, job: Job, value: Node) -> None:
    found = schemas.scopes.resolve_dynamic(value, job.scope)
    if found is None:
        return
    index = schemas.same(job, *found)
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
    index = schemas.same(job, *found)
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
        out.append([word, schemas.same(job, node, scope)])
    for node, scope, implicit in branches:
        if implicit is not None and implicit not in mapping:
            out.append([implicit, schemas.same(job, node, scope)])
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
    "not": _asked("not", "under not", "write it where the value is declared: not declares nothing"),
    "if": _if,
    "then": _branch("then"),
    "else": _branch("else"),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _asked(
        "property_names", "under propertyNames", "names of properties leave as they are: remove it"
    ),
    "unevaluatedProperties": _child("unevaluated_properties"),
    "dependentSchemas": _dependent_schemas,
    "dependencies": _dependencies,
    "items": _items,
    "prefixItems": _prefix_items,
    "contains": _contains,
    "unevaluatedItems": _child("unevaluated_items"),
    "discriminator": _discriminator,
}
