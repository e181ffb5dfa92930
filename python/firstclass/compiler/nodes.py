"""The tree of a contract: every value with its file, line, column and pointer. Immutable; overlays build new trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firstclass.model.errors import Where

Scalar = str | int | bool | Decimal | None


@dataclass(eq=False)
class Document:
    """A file of the contract: references in its nodes are relative to it. `root` changes when overlays are applied."""

    file: str
    root: Node


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and where it stands. Two nodes are never equal: identity is what schemas are remembered by."""

    value: Scalar | dict[str, Node] | list[Node]
    file: str
    line: int
    column: int
    key_line: int
    key_column: int
    path: Any = None

    @property
    def mapping(self) -> dict[str, Node]:
        """Its members; empty where it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def sequence(self) -> list[Node]:
        """Its items; empty where it is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The string that it is, or None."""
        return self.value if isinstance(self.value, str) else None

    @property
    def is_true(self) -> bool:
        """Whether it is the value `true`."""
        return self.value is True

    @property
    def is_mapping(self) -> bool:
        """Whether it has members."""
        return isinstance(self.value, dict)

    @property
    def is_sequence(self) -> bool:
        """Whether it has items."""
        return isinstance(self.value, list)

    def find(self, *keys: str) -> Node | None:
        """The node at the end of these keys, or None."""
        node: Node | None = self
        for key in keys:
            node = node.mapping.get(key) if node is not None else None
        return node

    @property
    def pointer(self) -> str:
        """RFC 6901 pointer from the root of its own file."""
        tokens: list[str] = []
        path = self.path
        while path is not None:
            path, token = path
            tokens.append(str(token).replace("~", "~0").replace("/", "~1"))
        return "".join("/" + token for token in reversed(tokens))

    @property
    def where(self) -> Where:
        """Where the value stands."""
        return Where(self.file, self.line, self.column, self.pointer)

    @property
    def key_where(self) -> Where:
        """Where its key stands (list items: the value)."""
        return Where(self.file, self.key_line, self.key_column, self.pointer)

    @property
    def kind(self) -> str:
        """What it is, for messages."""
        match self.value:
            case None:
                return "null"
            case bool():
                return "a boolean"
            case str():
                return "a string"
            case int() | Decimal():
                return "a number"
            case dict():
                return "an object"
            case _:
                return "an array"

    def with_value(self, value: Scalar | dict[str, Node] | list[Node]) -> Node:
        """A new node at the same place."""
        return Node(value, self.file, self.line, self.column, self.key_line, self.key_column, self.path)

    def plain(self) -> Any:
        """The bare JSON value; numbers with a fraction are `Decimal`."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        open_nodes = [self]
        while open_nodes:
            node = open_nodes.pop()
            yield node
            open_nodes.extend(node.mapping.values())
            open_nodes.extend(node.sequence)
