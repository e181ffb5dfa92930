"""What a schema of a body or an answer is the document of: the nodes that judge one value, and what is only wrapped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler.compilation import Compilation

# Members that only hold the document.
_ENVELOPES = frozenset({"data", "item", "items", "result", "results", "attributes", "payload", "value", "values"})
_IN_PLACE = ("reference", "then", "else", "if")


def wrapped(compilation: Compilation, root: int) -> list[tuple[str, int]]:
    """The members that stand for the whole object: the only one that there is, or one that goes by such a name."""
    members = [found for node in same_value(compilation, root) for found in node.get("properties", ())]
    names = {name for name, _ in members}
    return [(name, child) for name, child in members if len(names) == 1 or name in _ENVELOPES]


def same_value(compilation: Compilation, index: int) -> Iterator[dict[str, Any]]:
    """The nodes that judge the same value as this one."""
    seen, waiting = set(), [index]
    while waiting:
        index = waiting.pop()
        if index in seen:
            continue
        seen.add(index)
        node = compilation.schemas.nodes[index]
        yield node
        waiting += [node[key] for key in _IN_PLACE if key in node]
        waiting += [part for key in ("all_of", "any_of", "one_of") for part in node.get(key, ())]
