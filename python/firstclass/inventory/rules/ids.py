"""Ids that a caller can change or count up, where nothing says whose the object is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend
from firstclass.inventory.credentials import Credentials, knows_subject
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path
from firstclass.inventory.schemas import Field
from firstclass.inventory.words import OWNERS, names_owner, singular, split

RATE = {"x-firstclass": {"rate": "60 per minute by application"}}
MANY = 8
TOKENS = (
    "an owner is compared with a token that callers then send: of an issuer in firstclass.yaml"
    " (docs/guides/identity-providers.md), or a session of the API's own (docs/guides/opaque-sessions.md)"
)
_ID = frozenset({"id", "ids", "uuid", "guid", "uid", "number", "no", "nr", "num", "nummer", "numero", "pk"})
_DIGITS = re.compile(r"\^?(\\d|\[0-9\])(\+|\*|\{[0-9,]+\})\$?")


def find_ids(facts: Facts) -> Iterator[Harm]:
    """One harm for each parameter as it is declared, however many operations share it."""
    search = _Search(facts)
    groups: dict[int, list[Parameter]] = {}
    for parameter in facts.parameters:
        if search.is_foreign_id(parameter):
            groups.setdefault(id(parameter.node.path), []).append(parameter)
    for group in groups.values():
        found = search.judge(group)
        if found is not None:
            yield found


class _Search:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.credentials = Credentials(facts)
        table = facts.table
        self.owned = 0
        for index, schema in enumerate(table.schemas):
            if "owner" in schema:
                self.owned |= facts.given[index] | facts.taken[index]
        self.owners: dict[int, Field] = {}
        for field in table.fields(facts.given):
            if names_owner(split(field.name)) and field.parent not in self.owners:
                self.owners[field.parent] = field

    def is_foreign_id(self, parameter: Parameter) -> bool:
        """Whether the parameter identifies an object and nothing in its operation says whose."""
        operation = parameter.operation
        if parameter.lowered["owner"] is not None or self.owned >> operation.index & 1:
            return False
        words = split(parameter.name)
        if parameter.place == "query":
            return names_owner(words) and "scalar" in parameter.lowered["shape"]
        if parameter.place != "path" or "scalar" not in parameter.lowered["shape"]:
            return False
        if self._follows_owned(parameter):
            return False
        return bool(words) and (words[-1] in _ID or self._is_number(parameter))

    def _follows_owned(self, parameter: Parameter) -> bool:
        """`/customers/{customerId}/cards/{cardId}`: whoever passes the first is below its own."""
        template = parameter.operation.template
        here = template.find("{" + parameter.name + "}")
        return any(
            other.lowered["owner"] is not None and 0 <= template.find("{" + other.name + "}") < here
            for other in self.facts.parameters_of(parameter.operation)
        )

    def _is_number(self, parameter: Parameter) -> bool:
        index = parameter.lowered["schema"]
        types = self.facts.table.types(index)
        if types is not None and types <= {"integer", "number"}:
            return True
        pattern = self.facts.table.find(index, "pattern")
        if pattern is None:
            return False
        return bool(_DIGITS.fullmatch(self.facts.lowered.document["patterns"][pattern]["source"]))

    def judge(self, group: list[Parameter]) -> Harm | None:
        """The worst that can be said of one declared parameter."""
        first = group[0]
        noun = noun_of(first)
        if noun in OWNERS:
            return self._without_owner(group, noun)
        last = [p for p in group if p.operation.template.endswith("{" + p.name + "}")]
        owned = {field.raw: field for p in last if (field := self._owner_field(p.operation)) is not None}
        if owned and first.place == "path":
            return self._without_owner_in_answer(group, noun, list(owned.values()))
        unlimited = [p for p in group if not p.operation.lowered["rates"]]
        if unlimited and self._is_number(first):
            return self._walkable(unlimited, noun)
        return None

    def _without_owner(self, group: list[Parameter], noun: str) -> Harm:
        first, update = group[0], {"x-firstclass": {"object": noun, "owner": "token.sub"}}
        actions = amend(self.facts, first.node, update)
        advice = advise(first.node, update) if not actions else ""
        if actions:
            asked = self._with_subjects([p.operation for p in group])
            advice = TOKENS if asked else ""
            actions = [*asked, *actions]
        counted = " by a number" if self._is_number(first) else ""
        message = f"{_name(first)} names a {noun}{counted}, and no owner is declared: {_operations(group)}"
        return self._harm("id_without_owner", group, message, actions, advice)

    def _without_owner_in_answer(self, group: list[Parameter], noun: str, fields: list[Field]) -> Harm:
        actions: list[Action] = []
        advice = ""
        for field in fields:
            update = {"x-firstclass": {"object": split(field.name)[-2], "owner": "token.sub"}}
            amended = amend(self.facts, field.raw, update)
            if amended:
                bits = self.facts.given[field.parent] | self.facts.taken[field.parent]
                asked = self._with_subjects(self.facts.named(bits))
                advice = advice or (TOKENS if asked else "")
                actions += [*asked, *amended]
            else:
                advice = advise(field.raw, update)
        said = f"the answer says whose it is ({fields[0].name}), and nothing compares it with the caller"
        message = f"{_name(group[0])} names a {noun}; {said}: {_operations(group)}"
        return self._harm("id_without_owner", group, message, actions, advice)

    def _owner_field(self, operation: Operation) -> Field | None:
        """The property of the answered object itself that says whose it is."""
        for media in self.facts.answers(operation, good=True):
            for parent in self.facts.table.same(media.schema) if media.schema is not None else ():
                if parent in self.owners:
                    return self.owners[parent]
        return None

    def _with_subjects(self, operations: list[Operation]) -> list[Action]:
        """An owner needs a subject: ask for a token wherever nobody's is known."""
        actions: list[Action] = []
        for operation in operations:
            if not knows_subject(self.facts, operation):
                requirement, declared = self.credentials.personal(operation)
                actions += [*declared, *self.credentials.replace(operation, requirement, 2)]
        return actions

    def _walkable(self, group: list[Parameter], noun: str) -> Harm:
        actions: list[Action] = []
        if len(group) > MANY:
            actions = [Action("$", RATE)]
        else:
            places = [location for p in group for location in self.facts.places.find(p.operation.node)]
            actions = [Action(json_path(location), RATE) for location in places]
        advice = "sealed ids come with a later version; until then a rate slows down who counts"
        message = f"{_name(group[0])} is a number that counts up: every {noun} can be fetched by {_operations(group)}"
        return self._harm("id_walkable", group, message, actions, advice)

    def _harm(self, code: str, group: list[Parameter], message: str, actions: list[Action], advice: str) -> Harm:
        unique = list(dict.fromkeys((a.target, repr(a.update), a.remove) for a in actions))
        kept = [next(a for a in actions if (a.target, repr(a.update), a.remove) == key) for key in unique]
        indices = [p.operation.index for p in group]
        sample = f"{group[0].operation.method} {group[0].operation.template}"
        return harm(code, group[0].node, message, kept, advice=advice, operations=indices, sample=sample)


def noun_of(parameter: Parameter, name: str = "") -> str:
    """userId is a user; so is the id of /users/{id}. With a `name`: what that names in the place of the parameter."""
    words = [word for word in split(name or parameter.name) if word not in _ID]
    if words and not (len(words) == 1 and words[0] in ("target", "item", "object", "resource")):
        return singular(words[-1])
    before = parameter.operation.template.partition("{" + parameter.name + "}")[0].rstrip("/").rpartition("/")[2]
    named = split(before)
    return singular(named[-1]) if named else "object"


def _name(parameter: Parameter) -> str:
    return f"{{{parameter.name}}}" if parameter.place == "path" else f"the {parameter.place} parameter {parameter.name}"


def _operations(group: list[Parameter]) -> str:
    names = list(dict.fromkeys(p.operation.id for p in group))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
