"""Sorting and filtering by what an answer hides: who asks often enough reads it."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend, replace
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path
from firstclass.inventory.words import split

_CHOOSING = frozenset(
    {
        *("sort", "sortby", "sortfield", "sortkey", "order", "orderby", "ordering", "orderfield", "filter", "filters"),
        *("filterby", "fields", "field", "select", "groupby", "searchfield", "searchby", "sortierung", "tri", "orden"),
    }
)
_TAILS = ("asc", "desc")


def find_revealing(facts: Facts) -> Iterator[Harm]:
    """Parameters that choose a field by its name, and parameters that are named for a hidden field."""
    told: set[int] = set()
    for operation in facts.operations:
        shown, hidden, categories = _fields(facts, operation)
        if not shown and not hidden:
            continue
        for parameter in facts.parameters_of(operation):
            if parameter.place != "query" or id(parameter.node.path) in told:
                continue
            found = _judge(facts, parameter, shown, hidden, categories)
            if found is not None:
                told.add(id(parameter.node.path))
                yield found


def _fields(facts: Facts, operation: Operation) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Names of properties that the answer shows, of those that it masks, and the categories of these, by plain form."""
    named = facts.lowered.document["categories"]
    categories: dict[str, str] = {}
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for media in facts.answers(operation, good=True):
        for parent in facts.table.objects(media.schema) if media.schema is not None else ():
            for name, child in facts.table.schemas[parent].get("properties", ()):
                is_hidden = facts.table.is_masked(child) or facts.table.is_absent(child)
                plain = "".join(split(name))
                (hidden if is_hidden else shown)[plain] = name
                if (mask := facts.table.find(child, "mask")) is not None:
                    categories[plain] = named[mask["category"]]
    return {key: name for key, name in shown.items() if key not in hidden}, hidden, categories


def _judge(
    facts: Facts, parameter: Parameter, shown: dict[str, str], hidden: dict[str, str], categories: dict[str, str]
) -> Harm | None:
    if parameter.node.find("x-firstclass", "reveals") is not None:
        return None  # somebody has said what it tells
    plain = "".join(split(parameter.name))
    if plain in hidden:
        message = f"filtering by {hidden[plain]}, which the answer hides, tells its value"
        return _harm(facts, parameter, message, _removed(facts, parameter))
    if plain not in _CHOOSING:
        return None
    values = facts.table.find(parameter.lowered["schema"], "enum")
    if values is None:
        items = facts.table.find(parameter.lowered["schema"], "items")
        values = facts.table.find(items, "enum") if items is not None else None
    if values is None:
        return _free(facts, parameter, shown, hidden)
    telling = [value for value in values if isinstance(value, str) and _field(value) in hidden]
    if not telling:
        return None
    message = f"{parameter.name} takes {', '.join(telling[:3])}, which the answer hides"
    if all(_field(value) in categories for value in telling):
        reveals = {value: categories[_field(value)] for value in telling}
        actions = amend(facts, parameter.node, {"x-firstclass": {"reveals": reveals}})
        return _harm(facts, parameter, message, actions)
    kept = [value for value in values if value not in telling]
    return _harm(facts, parameter, message, _narrowed(facts, parameter, kept))


def _field(value: str) -> str:
    """`-createdAt`, `created_at:desc` and `createdAt_asc` name createdAt."""
    words = list(split(value))
    while len(words) > 1 and words[-1] in _TAILS:
        words.pop()
    return "".join(words)


def _free(facts: Facts, parameter: Parameter, shown: dict[str, str], hidden: dict[str, str]) -> Harm | None:
    """Any text, and something to be found out by it."""
    if not hidden or "scalar" not in parameter.lowered["shape"] or "string" not in parameter.lowered["shape"]["scalar"]:
        return None
    if facts.table.find(parameter.lowered["schema"], "pattern") is not None:
        return None
    names = ", ".join(list(hidden.values())[:3])
    message = f"{parameter.name} takes any text, so also {names}, which the answer hides"
    return _harm(facts, parameter, message, _narrowed(facts, parameter, sorted(shown.values())))


def _narrowed(facts: Facts, parameter: Parameter, values: list[str]) -> list[Action]:
    schema = facts.table.source(parameter.lowered["schema"])
    if facts.table.find(parameter.lowered["schema"], "items") is not None or not values:
        return _removed(facts, parameter)
    return replace(facts, schema, "enum", values)


def _removed(facts: Facts, parameter: Parameter) -> list[Action]:
    actions: list[Action] = []
    for location in facts.places.find(parameter.node):
        if not location or not isinstance(location[-1], int):
            return []
        name = parameter.name.replace("\\", "\\\\").replace("'", "\\'")
        target = f"{json_path(location[:-1])}[?@.name=='{name}' && @['in']=='query']"
        actions.append(Action(target, remove=True, is_last=True))
    return actions


def _harm(facts: Facts, parameter: Parameter, message: str, actions: list[Action]) -> Harm:
    operation = parameter.operation
    advice = "" if actions else advise(parameter.node, {"schema": {"enum": ["…"]}})
    name = f"{operation.id} ({parameter.name})"
    full = f"{message}: {operation.id}"
    return harm(
        "hidden_revealed", parameter.node, full, actions, advice=advice, operations=[operation.index], sample=name
    )
