"""What the target of an overlay's action selects. A target that names each step is followed in the tree itself; only
what really searches is given to the JSONPath library, on as small a part of the contract as its first steps lead to.
An overlay of a thousand actions on a large contract then takes seconds rather than an hour."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

import jsonpath

from firstclass.compiler.fields import METHODS
from firstclass.compiler.nodes import Node
from firstclass.model.suggestions import find_closest

Location = tuple[str | int, ...]
# Steps that mean one child and nothing else; whatever is written in another way is the library's.
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\['(?P<quoted>[^'\\]*)'\]|\[(?P<index>0|[1-9][0-9]{0,8})\]", re.ASCII
)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_BRACES = re.compile(r"\{[^}]*\}")


def select(text: str, root: Node, most: int) -> list[Location]:
    """Locations of at most `most` matches.

    Raises:
        jsonpath.JSONPathError: the text is no JSONPath (RFC 9535); the library raises others too.
    """
    steps, rest = _leading_steps(text)
    if "$" in rest:  # a filter that looks at the whole contract
        steps, rest = (), text.removeprefix("$")
    node = _follow(root, steps) if text.startswith("$") else root
    if not text.startswith("$"):
        steps, rest = (), text
    elif not rest:
        return [steps] if node is not None else []
    # The whole text is read even where its beginning leads nowhere, so that a mistake in it is told.
    environment = jsonpath.JSONPathEnvironment(strict=True)
    found = environment.finditer(f"${rest}" if text.startswith("$") else text, node.plain() if node is not None else {})
    return [(*steps, *match.parts) for match in islice(found, most)] if node is not None else []


def _leading_steps(text: str) -> tuple[Location, str]:
    steps: list[str | int] = []
    at = 1
    while (match := _STEP.match(text, at)) is not None:
        if match["index"] is not None:
            steps.append(int(match["index"]))
        else:
            steps.append(match["name"] if match["name"] is not None else match["quoted"])
        at = match.end()
    return tuple(steps), text[at:]


def _follow(node: Node | None, steps: Location) -> Node | None:
    for step in steps:
        if node is None:
            return None
        if isinstance(step, int):
            node = node.sequence[step] if step < len(node.sequence) else None
        else:
            node = node.mapping.get(step)
    return node


def find_near(text: str, root: Node) -> str | None:
    """The target that was probably meant where `text` names each step and one of them leads nowhere: a step of nearly
    that name, else the same steps below the operations of a path, or beside an operation. None: nothing is near."""
    steps, rest = _leading_steps(text)
    if not text.startswith("$") or rest or not steps:
        return None
    found = _nearest(root, steps)
    return None if found is None else "$" + "".join(_written(step) for step in found)


def _nearest(node: Node, steps: Location) -> Location | None:
    """Steps that lead somewhere, each as asked for or nearly so."""
    if not steps:
        return ()
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        below = _follow(node, (first,))
        found = _nearest(below, rest) if below is not None else None
        return None if found is None else (first, *found)
    known = node.mapping
    if first in known:
        found = _nearest(known[first], rest)
        if found is not None:
            return (first, *found)
    elif (likely := _likely(first, known)) is not None:
        found = _nearest(known[likely], rest)
        if found is not None:
            return (likely, *found)
    # Parameters of a path may stand at its operations, and those of an operation at its path.
    for name in METHODS:
        if name in known and first not in known and _follow(known[name], steps) is not None:
            return (name, *steps)
    if first in METHODS and rest and _follow(node, rest) is not None:
        return rest
    return None


def _likely(name: str, known: Iterable[str]) -> str | None:
    """A path with other names in its braces, or a name that is nearly this one."""
    shape = _BRACES.sub("{}", name)
    same = [each for each in known if name.startswith("/") and _BRACES.sub("{}", each) == shape]
    return same[0] if same else find_closest(name, known)


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"['{step}']"


class Bounds:
    """Whether a contract that grows by updates is still one that can be compiled: estimated from above at each
    action, and counted only when the estimate says that it might not be."""

    def __init__(self, most_nodes: int, most_levels: int) -> None:
        self._most_nodes = most_nodes
        self._most_levels = most_levels
        self._estimate: int | None = None

    def holds(self, root: Node, update: Node | None, locations: list[Location]) -> bool:
        """After `update` was written to each of the locations."""
        if self._estimate is None:
            return self._count(root)
        if update is None or not locations:
            return True
        size, levels = self._measure(update)
        self._estimate += size * len(locations)
        if self._estimate > self._most_nodes or levels + max(map(len, locations)) > self._most_levels:
            return self._count(root)
        return True

    def _count(self, root: Node) -> bool:
        size, levels = self._measure(root)
        self._estimate = size
        return size <= self._most_nodes and levels <= self._most_levels

    def _measure(self, root: Node) -> tuple[int, int]:
        """The number of nodes and of levels; counting ends where it is too many of either, for parts may be shared and
        the whole be far larger than what lies in memory."""
        size, levels, level = 0, 0, [root]
        while level and size <= self._most_nodes and levels <= self._most_levels:
            size += len(level)
            levels += 1
            level = [child for node in level for child in (*node.mapping.values(), *node.sequence)]
        return size, levels
