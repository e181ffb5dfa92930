"""Masked and hidden properties of objects that let any other name out: the same data under another spelling."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.compiler import Node
from firstclass.inventory.amending import remove
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Harm, harm
from firstclass.model.counted import listed

_OPEN = {"additional": "additionalProperties", "unevaluated_properties": "unevaluatedProperties"}
_STRUCTURES = frozenset({"object", "array"})
Types = frozenset[str] | None


def find_other_names(facts: Facts) -> Iterator[Harm]:
    """One harm for each keyword that opens an object, where it is declared."""
    hidden = {index: names for index in range(len(facts.table.schemas)) if (names := _hidden(facts, index))}
    if not hidden:
        return
    found: dict[Node, tuple[int, dict[str, None], str]] = {}
    for index, bits in enumerate(facts.given):
        if not bits:
            continue
        same = list(facts.table.same(index))
        names = {name: types for each in same for name, types in hidden.get(each, {}).items()}
        for each in same if names else ():
            for word, keyword in _OPEN.items():
                node = facts.table.source(each).find(keyword) if word in facts.table.schemas[each] else None
                if node is None:
                    continue
                out = [name for name, types in names.items() if _leaves(facts, each, word, types, bits)]
                if out:
                    before, told, _ = found.get(node, (0, {}, ""))
                    found[node] = before | bits, told | dict.fromkeys(out), keyword
    for node, (bits, told, keyword) in found.items():
        yield _harm(facts, node, bits, list(told), keyword)


def _hidden(facts: Facts, index: int) -> dict[str, Types]:
    """The properties of an object that leave masked or not at all, with their types."""
    table = facts.table
    return {
        name: table.kinds(schema)
        for name, schema in table.schemas[index].get("properties", ())
        if facts.given[index] and (table.is_masked(schema) or table.schemas[schema].get("dropped"))
    }


def _leaves(facts: Facts, index: int, word: str, types: Types, bits: int) -> bool:
    """Whether a value of these types passes under a name that nobody declared. A text where an object is declared is
    refused in any mode; a text where a number is, by strict answers alone."""
    table = facts.table
    other = table.schemas[index][word]
    taken = table.kinds(other)
    if table.is_masked(other) or table.is_absent(other):
        return False
    if taken is None or types is None:
        return taken is None or bool(taken - _STRUCTURES) or types is None
    if all(operation.lowered["strict"] for operation in facts.named(bits)):
        return bool(taken & types) or ("number" in taken and "integer" in types)
    return bool(taken & types & _STRUCTURES) or bool(taken - _STRUCTURES and types - _STRUCTURES - {"null"})


def _harm(facts: Facts, node: Node, bits: int, names: list[str], keyword: str) -> Harm:
    operations = facts.named(bits)
    shown, is_one = listed(names), len(names) == 1
    message = (
        f"{shown} {'is' if is_one else 'are'} masked or hidden by name alone, and any other name leaves"
        f" ({_other(names[0])} too): {listed([operation.id for operation in operations])}"
    )
    advice = (
        f"name every property that callers need, and leave {keyword} out; or, where the names are data, write the"
        f" x-data-classification on what {keyword} holds as well"
    )
    actions = remove(facts, node)
    indices = [operation.index for operation in operations]
    return harm("mask_by_name", node, message, actions, advice=advice, operations=indices, sample=shown)


def _other(name: str) -> str:
    """Another spelling of a name, as an API may come to write it."""
    return next(each for each in (name.upper(), name.lower(), f"{name}_") if each != name)
