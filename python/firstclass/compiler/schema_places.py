"""Where schemas stand in a file of a contract: by what each OpenAPI object is, never by how a key is called. What
stands in an example, an extension or the value of a link is no schema, however much it looks like one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from firstclass.compiler.fields import METHODS
from firstclass.compiler.nodes import Node

Shape = Literal["one", "list", "map", "maps"]
# What stands under the keys of each object of OpenAPI 3.1 and 3.2 that leads to schemas.
_BELOW: dict[str, dict[str, tuple[Shape, str]]] = {
    "document": {"paths": ("map", "path"), "webhooks": ("map", "path"), "components": ("one", "components")},
    "components": {
        "schemas": ("map", "schema"),
        "responses": ("map", "response"),
        "parameters": ("map", "parameter"),
        "requestBodies": ("map", "body"),
        "headers": ("map", "parameter"),
        "callbacks": ("maps", "path"),
        "pathItems": ("map", "path"),
        "mediaTypes": ("map", "media"),
    },
    "path": {
        **dict.fromkeys(METHODS, ("one", "operation")),
        "additionalOperations": ("map", "operation"),
        "parameters": ("list", "parameter"),
    },
    "operation": {
        "parameters": ("list", "parameter"),
        "requestBody": ("one", "body"),
        "responses": ("map", "response"),
        "callbacks": ("maps", "path"),
    },
    "response": {"headers": ("map", "parameter"), "content": ("map", "media")},
    "body": {"content": ("map", "media")},
    "parameter": {"schema": ("one", "schema"), "content": ("map", "media")},
    "media": {
        "schema": ("one", "schema"),
        "itemSchema": ("one", "schema"),
        "encoding": ("map", "encoding"),
        "prefixEncoding": ("list", "encoding"),
        "itemEncoding": ("one", "encoding"),
    },
    "encoding": {
        "headers": ("map", "parameter"),
        "encoding": ("map", "encoding"),
        "prefixEncoding": ("list", "encoding"),
        "itemEncoding": ("one", "encoding"),
    },
}
_NO_SCHEMAS = ("example", "examples", "default", "enum", "const")


def schemas_of_contract(root: Node) -> Iterator[Node]:
    """The schemas that stand in the OpenAPI objects of a whole document."""
    open_nodes = [(root, "document")]
    while open_nodes:
        node, kind = open_nodes.pop()
        if kind == "schema":
            yield node
            continue
        for key, (shape, below) in _BELOW[kind].items():
            child = node.find(key)
            if child is not None:
                open_nodes.extend((each, below) for each in _each(child, shape))


def _each(node: Node, shape: Shape) -> Iterator[Node]:
    match shape:
        case "one":
            yield node
        case "list":
            yield from node.sequence
        case "map":
            yield from node.mapping.values()
        case "maps":
            for each in node.mapping.values():
                yield from each.mapping.values()


def schemas_of_parts(root: Node, known: frozenset[str]) -> Iterator[Node]:
    """The schemas of a file that is no whole document: the file is one, or holds them in groups of any depth, whose
    names are no keyword that is `known`."""
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        yield node
        if not any(key in known for key in node.mapping):
            open_nodes.extend(
                child for key, child in node.mapping.items() if key not in _NO_SCHEMAS and not key.startswith("x-")
            )
