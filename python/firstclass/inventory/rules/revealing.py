"""Sorting and filtering by what an answer hides: who asks often enough reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from firstclass.inventory.amending import amend, remove, replace
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path
from firstclass.inventory.vocabulary import classify
from firstclass.inventory.words import split

_CHOOSING = frozenset(
    {
        *("sort", "sorts", "sortby", "sortfield", "sortkey", "order", "orderby", "ordering", "orderfield", "orders"),
        *("filterby", "fields", "field", "select", "groupby", "searchfield", "searchby", "sortierung", "tri", "orden"),
        *("sorting", "sortfields", "searchfields", "columns", "column", "distinct", "groupfields"),
    }
)
# Words of a language of their own: names of fields stand in the middle of them.
_EXPRESSIONS = frozenset({"filter", "filters", "where", "criteria", "conditions", "predicate", "rsql", "condition"})
# What is added to an answer: only values that are listed can be told from names of other things.
_ADDING = frozenset(
    {
        *("expand", "expands", "include", "includes", "embed", "populate", "projection", "attributes", "properties"),
        *("props", "with", "view", "query", "search", "by"),
    }
)
_TAILS = ("asc", "desc")
# What is written around the name of a field that is compared: `filter[ssn]`, `ssn__gte`, `minSalary`.
_BEFORE = frozenset({"filter", "filters", "where", "min", "max", "by", "search", "sort", "order", "from", "to", "not"})
_AFTER = frozenset(
    {
        *("icontains", "istartswith", "iendswith", "iregex"),
        *("eq", "ne", "neq", "gt", "gte", "lt", "lte", "ge", "le", "like", "ilike", "contains", "startswith", "regex"),
        *("endswith", "in", "nin", "not", "from", "to", "min", "max", "before", "after", "exact", "iexact", "match"),
        *(
            "starts",
            "ends",
            "prefix",
            "suffix",
            "range",
            "between",
            "since",
            "until",
            "greater",
            "less",
            "than",
            "with",
        ),
    }
)
_LISTED = frozenset({"data", "items", "results", "content", "records", "entries", "rows", "list", "values", "value"})
_UNSAID = (
    "no overlay can say it here; list the fields that may be asked for (enum), or name the categories that the"
    " parameter tells of: x-firstclass: {reveals: …}"
)
_NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class _Fields:
    """Of an operation's answer, by plain form: the names of properties that it shows and that it hides, and the
    categories of these."""

    shown: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)

    def reveals(self, plain: Iterable[str]) -> list[str] | None:
        """The categories of hidden fields; None where one has none, so that nothing can say who may ask for it."""
        wanted = list(dict.fromkeys(plain))
        known = sorted({self.categories[each] for each in wanted if each in self.categories})
        return known if wanted and all(each in self.categories for each in wanted) else None


def find_revealing(facts: Facts) -> Iterator[Harm]:
    """Parameters that choose a field by its name, and parameters that are named for a hidden field."""
    told: set[int] = set()
    for operation in facts.operations:
        fields = _fields(facts, operation)
        if not fields.hidden:
            continue
        for parameter in facts.parameters_of(operation):
            if parameter.place != "query" or id(parameter.node.path) in told:
                continue
            found = _judge(facts, parameter, fields)
            if found is not None:
                told.add(id(parameter.node.path))
                yield found


def _fields(facts: Facts, operation: Operation) -> _Fields:
    named = facts.lowered.document["categories"]
    found = _Fields()
    for media in facts.answers(operation, good=True):
        for parent in _answered(facts, operation, media.schema) if media.schema is not None else ():
            for name, child in facts.table.schemas[parent].get("properties", ()):
                is_hidden = facts.table.is_masked(child)
                if facts.table.is_absent(child):
                    # What is written alone hides nothing by itself: a format that was chosen, say.
                    if classify(name, None, facts.table.about(parent)) is None:
                        continue
                    is_hidden = True
                plain = "".join(split(name))
                (found.hidden if is_hidden else found.shown)[plain] = name
                if (mask := facts.table.find(child, "mask")) is not None:
                    found.categories[plain] = named[mask["category"]]
    for plain in found.hidden:
        found.shown.pop(plain, None)
    return found


def _answered(facts: Facts, operation: Operation, index: int) -> list[int]:
    """The objects that an answer is, or is a list of, also inside of what wraps the list."""
    found = facts.table.objects(index)
    last = "".join(split(operation.template.rstrip("/").rpartition("/")[2]))
    for parent in list(found):
        for name, child in facts.table.schemas[parent].get("properties", ()):
            items = facts.table.find(child, "items")
            if items is not None and "".join(split(name)) in (*_LISTED, last):
                found += facts.table.objects(items)
    return found


def _judge(facts: Facts, parameter: Parameter, fields: _Fields) -> Harm | None:
    if parameter.node.find("x-firstclass", "reveals") is not None:
        return None  # somebody has said what it tells
    compared = _compared(split(parameter.name), fields)
    if compared is not None:
        message = f"filtering by {fields.hidden[compared]}, which the answer hides, tells its value"
        reveals = fields.reveals([compared])
        return _harm(facts, parameter, message, _revealing(facts, parameter, reveals) or _removed(facts, parameter))
    if (members := _members(facts, parameter, fields)) is not None:
        return members
    plain = "".join(split(parameter.name))
    if plain not in _CHOOSING | _EXPRESSIONS | _ADDING:
        return None
    values = _values(facts, parameter)
    if values is None:
        return _by_pattern(facts, parameter, fields) or _free(facts, parameter, plain, fields)
    telling = [value for value in values if isinstance(value, str) and _field(value) in fields.hidden]
    if not telling:
        return None
    message = f"{parameter.name} takes {', '.join(telling[:3])}, which the answer hides"
    if fields.reveals(map(_field, telling)) is not None:
        reveals_by_value = {value: fields.categories[_field(value)] for value in telling}
        actions = amend(facts, parameter.node, {"x-firstclass": {"reveals": reveals_by_value}})
        return _harm(facts, parameter, message, actions)
    kept = [value for value in values if value not in telling]
    return _harm(facts, parameter, message, _narrowed(facts, parameter, kept))


def _compared(words: tuple[str, ...], fields: _Fields) -> str | None:
    """The hidden field that a parameter of this name is compared with: `ssn`, `filter[ssn][eq]`, `min_salary`."""
    first, last = 0, len(words)
    for begin in range(first, last):
        if "".join(words[:begin]) and words[begin - 1] not in _BEFORE:
            break
        for end in range(last, begin, -1):
            if end < last and words[end] not in _AFTER:
                break
            if (plain := "".join(words[begin:end])) in fields.hidden:
                return plain
    return None


def _values(facts: Facts, parameter: Parameter) -> list[Any] | None:
    found = facts.table.find(parameter.lowered["schema"], "enum")
    if found is None and (items := facts.table.find(parameter.lowered["schema"], "items")) is not None:
        found = facts.table.find(items, "enum")
    return list(found) if found is not None else None


def _members(facts: Facts, parameter: Parameter, fields: _Fields) -> Harm | None:
    """`filter[ssn]=`: members of an object in the query, and of JSON in it."""
    is_object = "object" in parameter.lowered["shape"] or parameter.lowered["json"]
    found: list[tuple[str, int, str]] = []
    for parent in facts.table.objects(parameter.lowered["schema"]) if is_object else ():
        for name, _ in facts.table.schemas[parent].get("properties", ()):
            if (plain := _compared(split(name), fields)) is not None:
                found.append((name, parent, plain))
    if not found:
        return None
    is_apart = parameter.lowered["explode"] and parameter.lowered["style"] == "form" and not parameter.lowered["json"]
    names = ", ".join(name if is_apart else f"{parameter.name}[{name}]" for name, *_ in found[:3])
    message = f"filtering by {names}, which the answer hides, tells its value"
    actions: list[Action] = []
    for name, parent, _ in found:
        declared = facts.table.source(parent).find("properties", name)
        if declared is None or facts.given[parent] | facts.taken[parent]:
            # It is the schema of a body as well: what is taken away there is missing there.
            actions = []
            break
        actions += remove(facts, declared)
    reveals = fields.reveals(plain for *_, plain in found)
    return _harm(facts, parameter, message, actions or _revealing(facts, parameter, reveals))


def _revealing(facts: Facts, parameter: Parameter, categories: list[str] | None) -> list[Action]:
    """Only who may see the field may send the parameter."""
    if not categories:
        return []
    update = {"x-firstclass": {"reveals": categories[0] if len(categories) == 1 else categories}}
    return amend(facts, parameter.node, update)


def _by_pattern(facts: Facts, parameter: Parameter, fields: _Fields) -> Harm | None:
    """`^-?(name|ssn)$`: names that a pattern lets through."""
    index = facts.table.find(parameter.lowered["schema"], "pattern")
    if index is None:
        return None
    source = facts.lowered.document["patterns"][index]["source"]
    words = list(dict.fromkeys(_NAMES.findall(source)))
    telling = [word for word in words if _field(word) in fields.hidden]
    if not telling:
        return None
    kept = [word for word in words if _field(word) in fields.shown]
    kept += [f"-{word}" for word in kept if "-" in source.partition(words[0])[0]]
    message = f"the pattern of {parameter.name} lets {', '.join(telling[:3])} through, which the answer hides"
    return _harm(facts, parameter, message, _narrowed(facts, parameter, kept))


def _field(value: str) -> str:
    """`-createdAt`, `created_at:desc` and `createdAt_asc` name createdAt."""
    words = list(split(value))
    while len(words) > 1 and words[-1] in _TAILS:
        words.pop()
    return "".join(words)


def _free(facts: Facts, parameter: Parameter, plain: str, fields: _Fields) -> Harm | None:
    """Any text, and something to be found out by it."""
    shape = parameter.lowered["shape"]
    if plain in _ADDING or parameter.lowered["json"] or "string" not in shape.get("scalar", ()):
        return None
    if facts.table.find(parameter.lowered["schema"], "pattern") is not None:
        return None
    names = ", ".join(list(fields.hidden.values())[:3])
    message = f"{parameter.name} takes any text, so also {names}, which the answer hides"
    if plain in _EXPRESSIONS:
        return _harm(facts, parameter, message, _revealing(facts, parameter, fields.reveals(fields.hidden)))
    return _harm(facts, parameter, message, _narrowed(facts, parameter, sorted(fields.shown.values())))


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
    advice = "" if actions else _UNSAID
    name = f"{operation.id} ({parameter.name})"
    full = f"{message}: {operation.id}"
    return harm(
        "hidden_revealed", parameter.node, full, actions, advice=advice, operations=[operation.index], sample=name
    )
