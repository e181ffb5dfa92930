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
from firstclass.inventory.words import OWNERS, is_about_person, names_owner, singular, split
from firstclass.model.counted import listed

RATE = {"x-firstclass": {"rate": "60 per minute by application"}}
MANY = 8
TOKENS = (
    "an owner is compared with a token that callers then send: of an issuer in firstclass.yaml"
    " (docs/guides/identity-providers.md), or a session of the API's own (docs/guides/opaque-sessions.md)"
)
_ID = frozenset({"id", "ids", "uuid", "guid", "uid", "number", "no", "nr", "num", "nummer", "numero", "pk"})
# What a person is called by that others know, or that is short enough to be tried; and the claim that tokens say it in.
_KNOWN = {
    **dict.fromkeys(("email", "mail", "emailaddress", "mailaddress"), "email"),
    **dict.fromkeys(
        ("username", "login", "loginname", "nickname", "nick", "handle", "screenname"), "preferred_username"
    ),
    **dict.fromkeys(("phone", "phonenumber", "msisdn", "mobile"), "phone_number"),
    **dict.fromkeys(("name", "slug", "code", "ref", "reference", "pin", "alias"), "sub"),
}
_REFERENCES = frozenset({"code", "ref", "reference"})
_LONGEST_KNOWN = 2  # words
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
            is_known = len(words) > 1 and words[-2] in OWNERS and _KNOWN.get(words[-1], "sub") != "sub"
            return (names_owner(words) or is_known) and "scalar" in parameter.lowered["shape"]
        if parameter.place != "path" or "scalar" not in parameter.lowered["shape"]:
            return False
        if self._follows_owned(parameter):
            return False
        return (
            bool(words) and (words[-1] in _ID or self._is_number(parameter) or self._is_known(parameter))
        ) or self._is_owned(parameter)

    def _is_owned(self, parameter: Parameter) -> bool:
        """`/orders/{orderRef}` and `/orders/{order}`, where the answer says whose the order is."""
        words, behind = split(parameter.name), _behind(parameter)
        is_object = words[-1:] and (words[-1] in _REFERENCES or (len(words) == 1 and singular(words[0]) == behind))
        is_last = parameter.operation.template.endswith("{" + parameter.name + "}")
        return bool(is_object) and is_last and self._owner_field(parameter.operation) is not None

    def _is_known(self, parameter: Parameter) -> bool:
        """Whether a person is named by something that others know or guess."""
        found = named_person(parameter)
        return found is not None and self.facts.table.find(parameter.lowered["schema"], "enum") is None

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
        known = named_person(first) if not self._is_number(first) else None
        noun = known[0] if known is not None else noun_of(first)
        if noun in OWNERS:
            return self._without_owner(group, noun, known[1] if known is not None else None)
        last = [p for p in group if p.operation.template.endswith("{" + p.name + "}")]
        owned = {field.raw: field for p in last if (field := self._owner_field(p.operation)) is not None}
        if owned and first.place == "path":
            return self._without_owner_in_answer(group, noun, list(owned.values()))
        unlimited = [p for p in group if not p.operation.lowered["rates"]]
        if unlimited and self._is_number(first):
            return self._walkable(unlimited, noun)
        if unlimited and known is not None:
            return self._guessable(unlimited, noun)
        return None

    def _without_owner(self, group: list[Parameter], noun: str, claim: str | None) -> Harm:
        first, update = group[0], {"x-firstclass": {"object": noun, "owner": f"token.{claim or 'sub'}"}}
        actions = amend(self.facts, first.node, update)
        advice = advise(first.node, update) if not actions else ""
        if actions:
            asked = self._with_subjects([p.operation for p in group])
            advice = TOKENS if asked else ""
            if claim not in (None, "sub"):
                said = f"the tokens must say it in the claim {claim}; name another claim if yours do"
                advice = f"{advice}\n{said}" if advice else said
            actions = [*asked, *actions]
        counted = " by a number" if self._is_number(first) else " by what others know or guess" if claim else ""
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
        message = f"{_name(group[0])} is a number that counts up: every {noun} can be fetched by {_operations(group)}"
        return self._limited("id_walkable", group, message)

    def _guessable(self, group: list[Parameter], noun: str) -> Harm:
        said = f"names a {noun} by what others know or guess: a script can try them all"
        return self._limited("id_guessable", group, f"{_name(group[0])} {said}: {_operations(group)}")

    def _limited(self, code: str, group: list[Parameter], message: str) -> Harm:
        actions: list[Action] = []
        if len(group) > MANY:
            actions = [Action("$", RATE)]
        else:
            places = [location for p in group for location in self.facts.places.find(p.operation.node)]
            actions = [Action(json_path(location), RATE) for location in places]
        advice = "sealed ids come with a later version; until then a rate slows down who counts"
        return self._harm(code, group, message, actions, advice)

    def _harm(self, code: str, group: list[Parameter], message: str, actions: list[Action], advice: str) -> Harm:
        unique = list(dict.fromkeys((a.target, repr(a.update), a.remove) for a in actions))
        kept = [next(a for a in actions if (a.target, repr(a.update), a.remove) == key) for key in unique]
        indices = [p.operation.index for p in group]
        sample = f"{group[0].operation.method} {group[0].operation.template}"
        return harm(code, group[0].node, message, kept, advice=advice, operations=indices, sample=sample)


def noun_of(parameter: Parameter, name: str = "") -> str:
    """userId is a user; so is the id of /users/{id}. With a `name`: what that names in the place of the parameter."""
    words = [word for word in split(name or parameter.name) if word not in _ID | _REFERENCES]
    if words and not (len(words) == 1 and words[0] in ("target", "item", "object", "resource")):
        return singular(words[-1])
    before = parameter.operation.template.partition("{" + parameter.name + "}")[0].rstrip("/").rpartition("/")[2]
    named = split(before)
    return singular(named[-1]) if named else "object"


def named_person(parameter: Parameter) -> tuple[str, str] | None:
    """`/users/{username}`, `/members/{memberCode}` and `/patients/{patient}`: whom it names, and the claim that tokens
    say it in; None: no person, or by an id."""
    words, behind = split(parameter.name), _behind(parameter)
    if len(words) == 1 and singular(words[0]) == behind and behind in OWNERS:
        return behind, "sub"
    for size in range(min(_LONGEST_KNOWN, len(words)), 0, -1):
        claim = _KNOWN.get("".join(words[-size:]))
        if claim is None:
            continue
        noun = singular(words[-size - 1]) if len(words) > size else behind
        return (noun, claim) if noun in OWNERS or is_about_person((noun,)) else None
    return None


def _behind(parameter: Parameter) -> str:
    """What the segment before a parameter of the path names: `user` in /users/{x}; empty: nothing."""
    words = split(parameter.operation.template.partition("{" + parameter.name + "}")[0].rstrip("/").rpartition("/")[2])
    return singular(words[-1]) if words and parameter.place == "path" else ""


def _name(parameter: Parameter) -> str:
    return f"{{{parameter.name}}}" if parameter.place == "path" else f"the {parameter.place} parameter {parameter.name}"


def _operations(group: list[Parameter]) -> str:
    return listed(list(dict.fromkeys(p.operation.id for p in group)))
