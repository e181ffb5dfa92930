"""Which names of a query belong to which parameter: two readings of one query are a mistake of the contract. The
engine's table of the same (`engine/decide/src/query_table.rs`) takes what is left unambiguous here."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.parameters import Declared

Lowered = list[tuple[Declared, dict[str, Any]]]


def check_query_names(compilation: Compilation, parameters: Lowered) -> None:
    """Each name has one owner, and an object that takes any name stands alone."""
    in_query = [(declared, lowered) for declared, lowered in parameters if lowered["in"] == "query"]
    names: dict[str, Declared] = {}
    for declared, lowered in in_query:
        for name in _names(lowered):
            first = names.setdefault(name, declared)
            if first is not declared:
                message = (
                    f"the name {name!r} in a query is both of the parameter {first.name!r} and of {declared.name!r}"
                )
                hint = "rename one, or give the object style: deepObject, which writes name[property]"
                compilation.findings.error(declared.node, "ambiguous_parameters", message, hint)
    _check_deep(compilation, in_query, names)
    _check_free(compilation, in_query)


def _check_deep(compilation: Compilation, in_query: Lowered, names: dict[str, Declared]) -> None:
    """`filter[a]` may be a name of its own, or the property `a` of `filter`."""
    prefixes = [f"{declared.name}[" for declared, lowered in in_query if lowered["style"] == "deep_object"]
    for name, declared in names.items():
        prefix = next((found for found in prefixes if name.startswith(found)), None)
        if prefix is not None:
            message = f"the name {name!r} in a query is also a property of the parameter {prefix[:-1]!r}"
            compilation.findings.error(declared.node, "ambiguous_parameters", message, "rename one of the two")


def _check_free(compilation: Compilation, in_query: Lowered) -> None:
    """Beside other parameters an object of any names would swallow each of their misspellings: nothing would be
    undeclared any more."""
    free = [declared for declared, lowered in in_query if _is_free(lowered)]
    if free and len(in_query) > 1:
        message = f"the parameter {free[0].name!r} takes any name of the query, and others are declared beside it"
        hint = "name its properties and remove additionalProperties, or give it style: deepObject"
        compilation.findings.error(free[0].node, "ambiguous_parameters", message, hint)


def _spread_object(lowered: dict[str, Any]) -> dict[str, Any] | None:
    """The object whose properties stand in the query under their own names."""
    spreads = lowered["explode"] and not lowered["json"] and lowered["style"] != "deep_object"
    found: dict[str, Any] | None = lowered["shape"].get("object") if spreads else None
    return found


def _is_free(lowered: dict[str, Any]) -> bool:
    spread = _spread_object(lowered)
    return spread is not None and spread["additional"] is not None


def _names(lowered: dict[str, Any]) -> list[str]:
    spread = _spread_object(lowered)
    if spread is not None:
        return [name for name, _ in spread["properties"]]
    return [lowered["name"]] if lowered["style"] != "deep_object" else []
