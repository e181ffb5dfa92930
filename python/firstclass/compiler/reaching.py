"""What can be found below a schema, through references: asked where a schema, or a part of it, is not read at all, so
that what it would hide or hold there is told as an error rather than ignored."""

from __future__ import annotations

from collections.abc import Callable

from firstclass.compiler.fields import CLASSIFICATION, EXTENSION
from firstclass.compiler.nodes import Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.schemas import Schemas


def is_classified(node: Node) -> bool:
    """Whether a value of this very schema would be masked."""
    classification = node.find(CLASSIFICATION)
    sensitivity = classification.find("sensitivity") if classification is not None else None
    return classification is not None and (sensitivity is None or sensitivity.text != "public")


def has_owner(node: Node) -> bool:
    """Whether a value of this very schema would be compared with its caller."""
    return node.find(EXTENSION, "owner") is not None


def is_read_only(node: Node) -> bool:
    """Whether no request would have a value of this very schema."""
    flag = node.find("readOnly")
    return flag is not None and flag.is_true


def find_below(schemas: Schemas, node: Node, scope: Scope, wanted: Callable[[Node], bool]) -> Node | None:
    """A schema that is `wanted`, of this one, all below it and behind its references; None: there is none."""
    clean = schemas.known_clean.setdefault(wanted.__name__, set())  # so that schemas within schemas are walked once
    seen: set[Node] = set()
    waiting = [(node, scope)]
    while waiting:
        node, scope = waiting.pop()
        if node in seen or node in clean or not node.is_mapping:
            continue
        seen.add(node)
        if wanted(node):
            return node
        scope = schemas.scopes.inside(node, scope)
        waiting.extend((child, scope) for child in schemas.dialect.subschemas(node))
        for key, resolve in (("$ref", schemas.scopes.resolve), ("$dynamicRef", schemas.scopes.resolve_dynamic)):
            reference = node.find(key)
            found = resolve(reference, scope) if reference is not None else None
            waiting.extend([found] if found is not None else [])
    clean |= seen
    return None


def refuse_idle(
    schemas: Schemas, node: Node, scope: Scope, at: Node, place: str, hint: str, *, is_answer: bool = True
) -> bool:
    """Complain of what stands below a schema that nothing applies, at the key of `at`: a classification masks nothing
    there, and an owner is compared with nobody. Whether there was something."""
    classified = is_answer and find_below(schemas, node, scope, is_classified) is not None
    owned = find_below(schemas, node, scope, has_owner) is not None
    _complain(schemas, at, place, hint, classified=classified, owned=owned)
    return classified or owned


def refuse_unread(schemas: Schemas, value: Node, place: str, hint: str) -> None:
    """The same of a value that is no schema for anybody: whatever it holds anywhere."""
    classified, owned = any(map(is_classified, value.walk())), any(map(has_owner, value.walk()))
    _complain(schemas, value, place, hint, classified=classified, owned=owned)


def _complain(schemas: Schemas, at: Node, place: str, hint: str, *, classified: bool, owned: bool) -> None:
    if classified:
        message = f"classified data {place} cannot be masked"
        schemas.findings.error(at, "unreadable_classified", message, hint, key=True)
    if owned:
        message = f"an owner {place} is compared with nobody"
        schemas.findings.error(at, "owner_without_effect", message, hint, key=True)
