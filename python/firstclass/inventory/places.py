"""Where a node stands in the contract as an overlay sees it, and the JSONPath (RFC 9535) that selects exactly it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firstclass.compiler.nodes import Node

Location = tuple[str | int, ...]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Places:
    """Locations of nodes in one contract. Nodes that conversion made share the path of the node that they came from."""

    def __init__(self, written: Node) -> None:
        self._written = written
        self._moved: dict[int, list[Location]] | None = None

    def find(self, node: Node) -> list[Location]:
        """Every location of the node; empty where no overlay reaches it (it stands in another file)."""
        tokens = _tokens(node)
        if node.file == self._written.file and self._leads_to(tokens, node):
            return [tokens]
        if self._moved is None:
            self._moved = self._index()
        return self._moved.get(id(node.path), []) if node.path is not None else []

    def node_at(self, location: Location) -> Node | None:
        """What stands there, or None."""
        node: Node | None = self._written
        for token in location:
            if node is None:
                return None
            if node.is_sequence:
                items = node.sequence
                node = items[token] if isinstance(token, int) and token < len(items) else None
            else:
                node = node.mapping.get(str(token))
        return node

    def _leads_to(self, tokens: Location, node: Node) -> bool:
        found = self.node_at(tokens)
        return found is not None and found.path is node.path

    def _index(self) -> dict[int, list[Location]]:
        found: dict[int, list[Location]] = {}
        for location, node in _walk(self._written):
            if node.path is not None and (node.file != self._written.file or _tokens(node) != location):
                found.setdefault(id(node.path), []).append(location)
        return found


def _walk(root: Node) -> Iterator[tuple[Location, Node]]:
    waiting: list[tuple[Location, Node]] = [((), root)]
    while waiting:
        location, node = waiting.pop()
        yield location, node
        waiting.extend(((*location, key), child) for key, child in node.mapping.items())
        waiting.extend(((*location, index), child) for index, child in enumerate(node.sequence))


def _tokens(node: Node) -> Location:
    tokens: list[str | int] = []
    path = node.path
    while path is not None:
        path, token = path
        tokens.append(token)
    return tuple(reversed(tokens))


def tokens(node: Node) -> Location:
    """The way to the node from the root of its own file."""
    return _tokens(node)


def json_path(location: Location) -> str:
    """`$.paths['/items/{id}'].get.parameters[0]`."""
    return "$" + "".join(_segment(token) for token in location)


def _segment(token: str | int) -> str:
    if isinstance(token, int):
        return f"[{token}]"
    if _PLAIN.fullmatch(token):
        return f".{token}"
    escaped = token.replace("\\", "\\\\").replace("'", "\\'")
    escaped = "".join(character if character >= " " else f"\\u{ord(character):04x}" for character in escaped)
    return f"['{escaped}']"
