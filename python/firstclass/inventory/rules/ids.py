"""Ids that a caller can change or count up, where nothing says whose the object is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend
from firstclass.inventory.credentials import Credentials, knows_subject
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.persons import ACCOUNTS, KNOWN, behind, named_person
from firstclass.inventory.places import json_path
from firstclass.inventory.schemas import Field
from firstclass.inventory.words import OWNERS, names_owner, singular, split
from firstclass.model.counted import listed

RATE = {"x-firstclass": {"rate": "60 per minute by application"}}
MANY = 8
TOKENS = (
    "an owner is compared with a token that callers then send: of an issuer in firstclass.yaml"
    " (docs/guides/identity-providers.md), or a session of the API's own (docs/guides/opaque-sessions.md)"
)
_ID = frozenset({"id", "ids", "uuid", "guid", "uid", "number", "no", "nr", "num", "nummer", "numero", "pk"})
_REFERENCES = frozenset({"code", "ref", "reference"})
# What somebody has, and what lies below it that is nobody else's business: /accounts/{accountId}/statement.
_HELD = ACCOUNTS | {
    *("wallet", "loan", "mortgage", "policy", "claim", "portfolio", "card", "cart", "basket", "order", "booking"),
    *("reservation", "depot", "loyaltyaccount", "bankaccount"),
}
_ONE_EACH = ACCOUNTS | {"wallet"}
_PRIVATE = frozenset(
    {
        *("statement", "transaction", "balance", "payment", "transfer", "beneficiary", "payee", "invoice", "receipt"),
        *("address", "holding", "passenger", "withdrawal", "deposit", "payout", "refund", "kontoauszug", "umsatz"),
        *("umsaetze", "buchung", "buchungen", "ueberweisung", "virement", "movimiento", "saldo", "document"),
    }
)
_DIGITS = re.compile(r"\^?(\\d|\[0-9\])(\+|\*|\{[0-9,]+\})\$?")


def find_ids(facts: Facts) -> Iterator[Harm]:
    """One harm for each parameter as it is declared, however many operations share it."""
    search = _Search(facts)
    groups: dict[int, list[Parameter]] = {}
    for parameter in facts.parameters:
        if search.is_foreign_id(parameter):
            groups.setdefault(id(parameter.node.path), []).append(parameter)
    for group in groups.values():
        if (found := search.judge(group)) is not None:
            yield found
    yield from search.judge_below()


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
        self.below: dict[tuple[str, str], list[Parameter]] = {}
        self.whose: dict[str, Field] = {}
        for operation in facts.operations:
            found = self._owner_field(operation) if operation.method == "GET" else None
            if found is not None and operation.template.endswith("}"):
                self.whose[operation.template] = found

    def is_foreign_id(self, parameter: Parameter) -> bool:
        """Whether the parameter identifies an object and nothing in its operation says whose."""
        operation = parameter.operation
        if parameter.lowered["owner"] is not None or self.owned >> operation.index & 1:
            return False
        words = split(parameter.name)
        if parameter.place == "query":
            is_known = len(words) > 1 and words[-2] in OWNERS and KNOWN.get(words[-1], "sub") != "sub"
            return (names_owner(words) or is_known) and "scalar" in parameter.lowered["shape"]
        if parameter.place != "path" or "scalar" not in parameter.lowered["shape"]:
            return False
        if self._follows_owned(parameter):
            return False
        return (
            (bool(words) and (words[-1] in _ID or self._is_number(parameter) or self._is_known(parameter)))
            or self._is_owned(parameter)
            or (_is_object(parameter) and self._holder(parameter) is not None)
        )

    def _holder(self, parameter: Parameter) -> str | None:
        """Why the object below whose id the operation lies is somebody's, as a clause: its answer says whose, or its
        name and what is asked of it do; None: it is nobody's, or the path names a person before it."""
        operation = parameter.operation
        upto, _, below = operation.template.partition("{" + parameter.name + "}")
        if parameter.place != "path" or not below or self.facts.owned >> operation.index & 1:
            return None
        before = [each for each in self.facts.parameters_of(operation) if "{" + each.name + "}" in upto]
        if any(noun_of(e) in OWNERS or named_person(e) is not None or _upto(e) in self.whose for e in before):
            return None  # that one is told
        field = self.whose.get(_upto(parameter))
        if field is not None:
            return f"its own answer says whose it is ({field.name}), and below it nothing does"
        words = split(below.strip("/").partition("/")[0])
        if noun_of(parameter) in _HELD and words and (singular(words[-1]) in _PRIVATE or words[-1] in _PRIVATE):
            return f"its {words[-1]} is nobody else's, and no owner is declared"
        return None

    def _is_owned(self, parameter: Parameter) -> bool:
        """`/orders/{orderRef}` and `/orders/{order}`, where the answer says whose the order is."""
        is_last = parameter.operation.template.endswith("{" + parameter.name + "}")
        return _is_object(parameter) and is_last and self._owner_field(parameter.operation) is not None

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
        """The worst that can be said of one declared parameter. What is somebody's by what lies above it waits for
        `judge_below`."""
        first = group[0]
        known = named_person(first) if not self._is_number(first) else None
        noun = known.noun if known is not None else noun_of(first)
        if known.is_own if known is not None else noun in OWNERS:
            return self._without_owner(group, noun, known.claim if known is not None else None)
        owned = {p: field for p in group if _is_of_object(p) and (field := self._owner_field(p.operation)) is not None}
        held = {p: said for p in group if p not in owned and (said := self._holder(p)) is not None}
        for parameter, said in held.items():
            self.below.setdefault((_upto(parameter), said), []).append(parameter)
        if owned and first.place == "path":
            fields = {field.raw: field for field in owned.values()}
            return self._without_owner_in_answer([p for p in group if p not in held], noun, list(fields.values()))
        unlimited = [p for p in group if p not in held and not p.operation.lowered["rates"]]
        if unlimited and self._is_number(first):
            return self._walkable(unlimited, noun)
        if unlimited and known is not None:
            return self._guessable(unlimited, noun)
        return None

    def judge_below(self) -> Iterator[Harm]:
        """One harm for each object, however many operations lie below its id."""
        for (_, said), group in self.below.items():
            yield self._without_owner_below(group, noun_of(group[0]), said)

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

    def _without_owner_below(self, group: list[Parameter], noun: str, said: str) -> Harm:
        claim = f"{noun}_id"
        update = {"x-firstclass": {"object": noun, "owner": f"token.{claim}"}}
        owners = [action for p in group for action in amend(self.facts, p.node, update)]
        advice, actions = "", []
        if noun not in _ONE_EACH:  # people have several of them: no claim says which
            advice = (
                "let the answers say whose it is, with x-firstclass: {owner: token.sub} on that property; or, where"
                f" tokens say which {noun} is the caller's, x-firstclass: {{owner: token.{claim}}} on the parameter"
            )
        elif not owners:
            advice = advise(group[0].node, update)
        else:
            asked = self._with_subjects([p.operation for p in group])
            advice = f"the tokens must say the caller's {noun} in the claim {claim}; name another claim if yours do"
            advice = f"{TOKENS}\n{advice}" if asked else advice
            actions = [*asked, *owners]
        message = f"{_name(group[0])} names a {noun}; {said}: {_operations(group)}"
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


def _upto(parameter: Parameter) -> str:
    """The template as far as the parameter."""
    own = "{" + parameter.name + "}"
    return parameter.operation.template.partition(own)[0] + own


def _is_object(parameter: Parameter) -> bool:
    """`/orders/{orderRef}` and `/orders/{order}`."""
    words = split(parameter.name)
    return bool(words) and (words[-1] in _REFERENCES or (len(words) == 1 and singular(words[0]) == behind(parameter)))


def _is_of_object(parameter: Parameter) -> bool:
    """Whether the answer is of the very object that the parameter names: also of `GET /accounts/{id}/statement`."""
    operation, own = parameter.operation, "{" + parameter.name + "}"
    below = operation.template.partition(own)[2]
    return operation.template.endswith(own) or (operation.method == "GET" and bool(below) and "{" not in below)


def _name(parameter: Parameter) -> str:
    return f"{{{parameter.name}}}" if parameter.place == "path" else f"the {parameter.place} parameter {parameter.name}"


def _operations(group: list[Parameter]) -> str:
    return listed(list(dict.fromkeys(p.operation.id for p in group)))
