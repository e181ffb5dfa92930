"""Fields that look personal, confidential or secret and leave unmasked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from firstclass.compiler import Node
from firstclass.compiler.fields import CLASSIFICATION
from firstclass.compiler.published import broken_keywords
from firstclass.inventory.amending import advise, amend, remove
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import tokens
from firstclass.inventory.schemas import Field
from firstclass.inventory.vocabulary import Kind, classify
from firstclass.inventory.words import split
from firstclass.model.counted import listed

_TEXT = frozenset({"string", "null"})
_NUMBERS = frozenset({"integer", "number", "null"})
_ABOUT_TEXT = ("enum", "const", "format", "pattern", "minLength", "maxLength")
# Operations that are there to hand out a credential.
_ISSUING = frozenset(
    {
        *(
            "login",
            "logon",
            "signin",
            "token",
            "tokens",
            "session",
            "sessions",
            "auth",
            "oauth",
            "authorize",
            "register",
        ),
        *("signup", "refresh", "authenticate", "authentication", "keys", "key", "secrets", "secret", "credentials"),
        *("anmelden", "anmeldung", "connexion", "credential", "rotate", "webhook", "webhooks", "otp", "mfa", "apikeys"),
    }
)


def find_classified(facts: Facts) -> Iterator[Harm]:
    """One harm for each property, where it is declared, however many answers hold it."""
    seen: set[int] = set()
    for field, kind in find_fields(facts):
        if id(field.raw.path) in seen:
            continue
        seen.add(id(field.raw.path))
        yield _harm(facts, field, kind)


def find_fields(facts: Facts) -> Iterator[tuple[Field, Kind]]:
    """Every field that leaves unmasked and looks as if it should not, with its kind."""
    table = facts.table
    for field in table.fields(facts.given):
        kind = _kind(facts, field)
        if kind is None or table.is_masked(field.schema) or _is_decided(facts, field):
            continue
        if kind.category == "credential" and _only_issued(facts, field):
            continue
        if kind.sensitivity == "confidential" and _only_own(facts, field):
            continue
        yield field, kind


def _kind(facts: Facts, field: Field) -> Kind | None:
    table = facts.table
    types = table.kinds(field.schema)
    if types is not None and not types - {"boolean", "null"}:
        return None
    if table.find(field.schema, "enum") is not None:
        return None
    written = field.raw.find("format")
    kind = classify(field.name, written.text if written is not None else None, field.about)
    if kind is None or _is_holder(kind, field):
        return None
    return kind if types is None or _fits(kind, types) else None


def _fits(kind: Kind, types: frozenset[str]) -> bool:
    """Whether data of this kind is written in these types: no password is a number, no salary a list."""
    if types <= _NUMBERS:
        return kind.says in ("income", "a telephone number", "where a person is") or kind.category in (
            "identity",
            "financial",
            "health",
        )
    if kind.category == "credential" or kind.says == "a person's name":
        return types <= _TEXT
    return True


def _is_holder(kind: Kind, field: Field) -> bool:
    """A street in an address: the address as a whole is what is told."""
    return kind.category == "contact" and {"address", "addresses", "anschrift", "adresse"} & set(field.about) != set()


def _is_decided(facts: Facts, field: Field) -> bool:
    """Somebody has classified it, as public perhaps."""
    sources = [facts.table.source(index) for index in facts.table.same(field.schema)]
    return any(node.find(CLASSIFICATION) is not None for node in (field.raw, *sources))


def _only_issued(facts: Facts, field: Field) -> bool:
    """A token in the answer of a sign-in is what was asked for."""
    bits = facts.given[field.parent]
    return all(issues(operation) for operation in facts.named(bits))


def _only_own(facts: Facts, field: Field) -> bool:
    """What leaves only where an owner is declared, or to who has just signed in, is the caller's own."""
    bits = facts.given[field.parent]
    return all(facts.owned >> each.index & 1 or issues(each) for each in facts.named(bits))


def issues(operation: Operation) -> bool:
    """Whether it is there to hand out a credential."""
    words = operation.words
    pairs = {one + other for one, other in pairwise(words)}
    return operation.method == "POST" and bool(_ISSUING & ({*words} | pairs))


def _harm(facts: Facts, field: Field, kind: Kind) -> Harm:
    operations = facts.named(facts.given[field.parent])
    masking = propose(facts, field, kind)
    said = {"category": kind.category, "sensitivity": kind.sensitivity, "masking": masking}
    update = {CLASSIFICATION: said}
    actions, advice = amend(facts, field.raw, update), ""
    if not actions:
        advice = advise(field.raw, update)
    unreadable, blocked = _unreadable(facts, field, operations)
    if blocked is not None:
        actions, unreadable = [], []
        advice = f"the answer in line {blocked.key_line} is of a media type that cannot be masked; answer with JSON too"
    names = listed([operation.id for operation in operations])
    code = "credential_returned" if kind.category == "credential" else "classified_unmasked"
    name = f"{'.'.join(filter(None, (owner_of(facts, field), field.name)))}"
    message = f"{name} looks like {kind.says} and leaves unmasked: {names}"
    indices = [operation.index for operation in operations]
    return harm(code, field.raw, message, [*unreadable, *actions], advice=advice, operations=indices, sample=name)


def owner_of(facts: Facts, field: Field) -> str:
    """The name of the object that declares a field, as a reader would call it."""
    way = [token for token in tokens(facts.table.source(field.parent)) if isinstance(token, str)]
    named = [token for before, token in pairwise(way) if before in ("schemas", "definitions")]
    if named and split(named[-1]):
        return named[-1]
    return ""


def _unreadable(facts: Facts, field: Field, operations: list[Operation]) -> tuple[list[Action], Node | None]:
    """The media types to take away before it can be masked, or one that cannot be taken away."""
    found = facts.unreadable
    for node in (field.raw, facts.table.source(field.schema)):
        if node in found.alone:
            return [], found.alone[node][0]
    actions: list[Action] = []
    for operation in operations:
        for media in found.beside.get(operation.index, ()):
            removed = remove(facts, media)
            if not removed:
                return [], media
            actions += [action for action in removed if action not in actions]
    return actions, None


def propose(facts: Facts, field: Field, kind: Kind) -> dict[str, Any]:
    """The mask that leaves most of what is useful and fits type, format and length."""
    types = facts.table.types(field.schema)
    if types is None or not types <= _TEXT:
        return {"strategy": "remove"}
    sources = [facts.table.source(index) for index in facts.table.same(field.schema)]
    own = {key: found.plain() for key in _ABOUT_TEXT if (found := _first(sources, key)) is not None}
    choices: list[dict[str, Any]] = [{"strategy": "partial", "keep": kind.keep}] if kind.keep else []
    choices += [{"strategy": "full"}] if kind.category != "credential" else []
    for choice in choices:
        if not broken_keywords(own, choice):
            return choice
    return {"strategy": "remove"} if not field.is_required or not choices else choices[-1]


def _first(nodes: list[Node], key: str) -> Node | None:
    return next((found for node in nodes if (found := node.find(key)) is not None), None)
