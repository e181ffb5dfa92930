"""The finished table of schemas: equal nodes of one source merged (most schemas mean the same in both directions),
unused ones dropped, indices made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from firstclass.compiler.encoding import as_text

ONE = (
    *("additional", "unevaluated_properties", "property_names", "items", "unevaluated_items", "contains"),
    *("reference", "not", "if", "then", "else"),
)
LISTS = ("prefix_items", "all_of", "any_of", "one_of")
PAIRS = ("properties", "pattern_properties", "dependent_schemas")


def map_children(schema: dict[str, Any], to: Callable[[int], int]) -> dict[str, Any]:
    """The node with every index of a schema replaced."""
    out = dict(schema)
    for name in ONE:
        if name in out:
            out[name] = to(out[name])
    for name in LISTS:
        if name in out:
            out[name] = [to(index) for index in out[name]]
    for name in PAIRS:
        if name in out:
            out[name] = [[key, to(index)] for key, index in out[name]]
    if "discriminator" in out:
        mapping = [[word, to(index)] for word, index in out["discriminator"]["mapping"]]
        out["discriminator"] = {**out["discriminator"], "mapping": mapping}
    return out


def children(schema: dict[str, Any]) -> list[int]:
    """The indices that a node refers to, in a fixed order."""
    found: list[int] = []

    def note(index: int) -> int:
        found.append(index)
        return 0

    map_children(schema, note)
    return found


def reachable(nodes: list[dict[str, Any]], roots: list[int]) -> list[int]:
    """Indices of all nodes that the roots need, in the order of the table."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            waiting.extend(children(nodes[index]))
    return sorted(seen)


def leading_to(nodes: list[dict[str, Any]], targets: list[int]) -> dict[int, int]:
    """For every node from which a target can be reached, one such target."""
    above: dict[int, list[int]] = defaultdict(list)
    for index, node in enumerate(nodes if targets else ()):
        for child in children(node):
            above[child].append(index)
    found = {target: target for target in targets}
    waiting = list(targets)
    while waiting:
        index = waiting.pop()
        for parent in above[index]:
            if parent not in found:
                found[parent] = found[index]
                waiting.append(parent)
    return found


def merge(nodes: list[dict[str, Any]], sources: list[Any], roots: list[int]) -> tuple[list[int], dict[int, int]]:
    """Which nodes stay, and the new index of every node that the roots need.

    Two nodes of one source are the same when nothing that can be reached from them differs.
    """
    used = reachable(nodes, roots)
    signatures = {index: (id(sources[index]), as_text(map_children(nodes[index], lambda _: 0))) for index in used}
    classes = _number(signatures)
    _refine(classes, {index: children(nodes[index]) for index in used})
    kept: dict[int, int] = {}
    for index in used:
        kept.setdefault(classes[index], index)
    order = sorted(kept.values())
    position = {classes[index]: place for place, index in enumerate(order)}
    return order, {index: position[classes[index]] for index in used}


def _number(signatures: dict[int, Any]) -> dict[int, int]:
    numbers: dict[Any, int] = {}
    return {index: numbers.setdefault(signature, len(numbers)) for index, signature in signatures.items()}


def _refine(classes: dict[int, int], below: dict[int, list[int]]) -> None:
    """Split classes until the children of all members of a class are of the same classes.

    When a class falls apart its largest part keeps the number, and only the parents of the others are looked at
    again: long chains of references cost no more than short ones.
    """
    above: dict[int, list[int]] = defaultdict(list)
    members: dict[int, list[int]] = defaultdict(list)
    for index, number in classes.items():
        members[number].append(index)
        for child in below[index]:
            above[child].append(index)
    waiting = {number for number, inside in members.items() if len(inside) > 1}
    while waiting:
        number = waiting.pop()
        parts: dict[Any, list[int]] = defaultdict(list)
        for index in members[number]:
            parts[tuple(classes[child] for child in below[index])].append(index)
        _, *moved = sorted(parts.values(), key=len, reverse=True)
        for part in moved:
            new, gone = len(members), set(part)
            members[new] = part
            members[number] = [index for index in members[number] if index not in gone]
            for index in part:
                classes[index] = new
            parents = {classes[parent] for index in part for parent in above[index]}
            waiting.update(parent for parent in (*parents, number, new) if len(members[parent]) > 1)


def schema_roots(operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every object of the operations that has a `schema` index."""
    out: list[dict[str, Any]] = []
    for operation in operations:
        out.extend(operation["parameters"])
        bodies = [operation["body"]] if operation["body"] is not None else []
        out.extend(patched for body in bodies for patched in body.get("patched", ()))
        for holder in (*bodies, *operation["responses"]):
            out.extend(holder.get("headers", ()))
            for media in holder["media"]:
                out.extend(kind for kind in media["kind"].values() if "schema" in kind)
                parts = media["kind"].get("multipart", {}).get("parts", ())
                out.extend(kind for part in parts for kind in part["content"].values() if "schema" in kind)
    return out


__all__ = ["children", "leading_to", "map_children", "merge", "reachable", "schema_roots"]
