"""The finished table of schemas: equal nodes of one source merged (most schemas mean the same in both directions),
unused ones dropped, indices made anew."""

from __future__ import annotations

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


def merge(nodes: list[dict[str, Any]], sources: list[Any], roots: list[int]) -> tuple[list[int], dict[int, int]]:
    """Which nodes stay, and the new index of every node that the roots need.

    Two nodes of one source are the same when nothing that can be reached from them differs: the classes are refined
    until no class falls apart any more.
    """
    used = reachable(nodes, roots)
    below = {index: children(nodes[index]) for index in used}
    signatures: dict[int, Any] = {
        index: (id(sources[index]), as_text(map_children(nodes[index], lambda _: 0))) for index in used
    }
    classes = _number(signatures)
    count = len(set(classes.values()))
    while count < len(used):
        classes = _number({i: (classes[i], tuple(classes[child] for child in below[i])) for i in used})
        refined = len(set(classes.values()))
        if refined == count:
            break
        count = refined
    kept: dict[int, int] = {}
    for index in used:
        kept.setdefault(classes[index], index)
    order = sorted(kept.values())
    position = {classes[index]: place for place, index in enumerate(order)}
    return order, {index: position[classes[index]] for index in used}


def _number(signatures: dict[int, Any]) -> dict[int, int]:
    numbers: dict[Any, int] = {}
    return {index: numbers.setdefault(signature, len(numbers)) for index, signature in signatures.items()}


def schema_roots(operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every object of the operations that has a `schema` index."""
    out: list[dict[str, Any]] = []
    for operation in operations:
        out.extend(operation["parameters"])
        bodies = [operation["body"]] if operation["body"] is not None else []
        for holder in (*bodies, *operation["responses"]):
            out.extend(holder.get("headers", ()))
            for media in holder["media"]:
                out.extend(kind for kind in media["kind"].values() if "schema" in kind)
    return out


__all__ = ["children", "map_children", "merge", "reachable", "schema_roots"]
