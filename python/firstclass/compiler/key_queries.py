"""Query parameters in which keys of another gateway are still taken (`legacy_query`, or an apiKey `in: query`). They
are credentials: the gateway takes them out, and no operation can declare them as parameters."""

from __future__ import annotations

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import EXTENSION
from firstclass.compiler.nodes import Node


def find_key_query(scheme: Node) -> str | None:
    """The query parameter that a security scheme names for keys; the extension wins."""
    passed = scheme.find(EXTENSION, "pass")
    if passed is not None and passed.text == "unchecked":
        return None  # it is the API's own, and stays where it is
    written = scheme.find(EXTENSION, "legacy_query")
    if written is not None and written.text:
        return written.text
    place, name = scheme.find("in"), scheme.find("name")
    return name.text or None if place is not None and place.text == "query" and name is not None else None


def passes(compilation: Compilation, node: Node, name: Node) -> bool:
    """Whether the query parameter can be one; if not, it is said why."""
    if name.text not in _names(compilation):
        return True
    message = f"{name.text} carries a key, which the API does not see"
    compilation.findings.warning(node, "parameter_ignored", message, "remove it: the security scheme declares it")
    return False


def _names(compilation: Compilation) -> frozenset[str]:
    """The names that schemes give which some operation asks for; looked for once."""
    if compilation.key_queries is None:
        compilation.key_queries = frozenset(_find_names(compilation))
    return compilation.key_queries


def _find_names(compilation: Compilation) -> set[str]:
    names: set[str] = set()
    asked = _asked(compilation.root)
    schemes = compilation.root.find("components", "securitySchemes")
    for key, scheme in schemes.mapping.items() if schemes is not None and schemes.is_mapping else ():
        found = compilation.follow(scheme, compilation.document) if key in asked else None
        if found is None or not found[0].is_mapping:
            continue
        kind, query = found[0].find("type"), find_key_query(found[0])
        if kind is not None and kind.text == "apiKey" and query is not None:
            names.add(query)
    return names


def _asked(root: Node) -> set[str]:
    """Names of the schemes that the root or an operation asks for."""
    paths = root.find("paths")
    items = list(paths.mapping.values()) if paths is not None and paths.is_mapping else []
    holders = [root, *(operation for item in items if item.is_mapping for operation in item.mapping.values())]
    lists = [security for holder in holders if holder.is_mapping and (security := holder.find("security")) is not None]
    alternatives = [item for each in lists if each.is_sequence for item in each.sequence if item.is_mapping]
    return {name for alternative in alternatives for name in alternative.mapping}
