"""Whether an API signs people in itself: an operation whose answer has a session token and the id of a user, so that a
fix may ask for its own sessions rather than for tokens of an issuer that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Action
from firstclass.inventory.places import json_path
from firstclass.inventory.words import is_about_person, names_owner, split

SUBJECT = {"x-firstclass": {"subject": "login"}}
_SIGN_IN = frozenset(
    {"login", "logon", "signin", "authenticate", "auth", "anmelden", "inloggen", "session", "sessions"}
)
_TOKENS = frozenset({"token", "accesstoken", "sessiontoken", "authtoken", "sessionid", "bearertoken"})
_TEXT = frozenset({"string"})
_IDS = (frozenset({"string"}), frozenset({"integer"}))


def propose_login(facts: Facts) -> list[Action]:
    """The action that says where the first such operation answers with token and id; empty: none does."""
    for operation in facts.operations:
        words = operation.words
        pairs = {one + other for one, other in pairwise(words)}
        if operation.method != "POST" or not _SIGN_IN & ({*words} | pairs):
            continue
        if _is_asked_for_itself(facts, operation):
            continue
        found = _find_pointers(facts, operation)
        if found is not None:
            token, subject = found
            login = {"x-firstclass": {"login": {"token": token, "subject": subject}}}
            return [Action(json_path(location), login) for location in facts.places.find(operation.node)]
    return []


def _is_asked_for_itself(facts: Facts, operation: Operation) -> bool:
    """Whether its answer shares an owner's id with other operations: a fix that declares the owner there asks the
    sign-in for a session too, and nobody could begin one."""
    mine = facts.takes(operation)
    return any(
        facts.given[field.parent] & mine and facts.given[field.parent] != mine and names_owner(split(field.name))
        for field in facts.table.fields(facts.given)
    )


def _find_pointers(facts: Facts, operation: Operation) -> tuple[str, str] | None:
    for media in facts.answers(operation, good=True):
        if media.kind != "json" or media.schema is None:
            continue
        fields = list(_fields(facts, media.schema))
        table = facts.table
        tokens = [
            (holder, name)
            for holder, name, index in fields
            if "".join(split(name)) in _TOKENS and table.types(index) == _TEXT and not table.is_masked(index)
        ]
        ids = [(h, n) for h, n, index in fields if _is_user_id(h, n) and table.types(index) in _IDS]
        if tokens and ids:
            return _pointer(*tokens[0]), _pointer(*ids[0])
    return None


def _fields(facts: Facts, root: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """The properties of an answer's object, then those of the objects in it, each with the names that lead there."""
    table = facts.table
    below: list[tuple[str, int]] = []
    for parent in table.same(root):
        for name, child in table.schemas[parent].get("properties", ()):
            yield (), name, child
            below.append((name, child))
    for holder, index in below:
        for parent in table.same(index):
            for name, child in table.schemas[parent].get("properties", ()):
                yield (holder,), name, child


def _is_user_id(holder: tuple[str, ...], name: str) -> bool:
    words = split(name)
    if names_owner(words) and words[-1] in ("id", "uuid", "guid"):
        return True
    return words in (("id",), ("uuid",)) and bool(holder) and is_about_person(split(holder[-1]))


def _pointer(holder: tuple[str, ...], name: str) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in (*holder, name))


def declared_scheme(login: list[Action]) -> dict[str, Any]:
    """The bearer scheme that a fix declares: sessions where `login` says how one begins."""
    return {"type": "http", "scheme": "bearer", **(SUBJECT if login else {})}
