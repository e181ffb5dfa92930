"""Properties of requests that give rights or money to whoever writes them."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.compiler import Node
from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import PART, Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.persons import ACCOUNTS
from firstclass.inventory.places import tokens
from firstclass.inventory.schemas import Field
from firstclass.inventory.words import is_about_person, singular, split
from firstclass.model.counted import listed

_RIGHTS = frozenset(
    {
        *("isadmin", "admin", "isadministrator", "issuperuser", "superuser", "isstaff", "isroot", "isowner"),
        *("siteadmin", "ismoderator", "isverified", "emailverified", "isemailverified", "phoneverified", "kycstatus"),
        *("accountbalance", "creditbalance", "creditlimit", "walletbalance"),
    }
)
# On an object about a person, or its account, these are rights; elsewhere they are anything.
_RIGHTS_OF_PERSONS = frozenset(
    {
        *("role", "roles", "permission", "permissions", "privileges", "scopes", "balance", "credits", "verified"),
        *("accesslevel", "userlevel", "rolle", "rollen", "rol", "guthaben", "saldo", "solde"),
    }
)
_OF_ACCOUNTS = frozenset({"balance", "credits", "verified", "guthaben", "saldo", "solde"})
_STATES = frozenset({"status", "state", "userstatus", "accountstatus", "memberstatus"})
# What only who runs the API decides of somebody.
_DECIDED = frozenset({"active", "suspended", "banned", "blocked", "approved", "verified", "disabled", "locked"})
# Where a path ends at which people write themselves.
_THEMSELVES = frozenset({"me", "self", "register", "registration", "signup", "profile"})


def find_privileges(facts: Facts) -> Iterator[Harm]:
    """One harm for each property that requests of ordinary callers may write."""
    told: set[int] = set()
    bodies = _Bodies(facts)
    for written in facts.written:
        field = written.field
        if id(field.raw.path) in told or _is_fixed(facts, field):
            continue
        operations = [
            each
            for each in facts.named(written.bits)
            if not _is_for_that(each) and _is_right(facts, field, (*field.about, *bodies.about(field, each)))
        ]
        if operations:
            told.add(id(field.raw.path))
            yield _harm(facts, field, operations)


class _Bodies:
    """What a body that has no name of its own is about: what the path of its operation ends with."""

    def __init__(self, facts: Facts) -> None:
        self._roots: dict[int, set[int]] = {}
        for operation in facts.operations:
            schemas = [media.schema for media in facts.bodies(operation) if media.schema is not None]
            parents = {parent for schema in schemas for parent in facts.table.same(schema)}
            self._roots[operation.index] = {each for each in parents if not _has_name(facts.table.source(each))}

    def about(self, field: Field, operation: Operation) -> tuple[str, ...]:
        """Words, as those of a schema's name; none: the field lies deeper, or its object has a name."""
        if field.parent != PART and field.parent not in self._roots[operation.index]:
            return ()
        literal = [segment for segment in operation.template.split("/") if segment and not segment.startswith("{")]
        words = split(literal[-1]) if literal else ()
        if "".join(words) in _THEMSELVES or (words and words[0] in _THEMSELVES):
            return ("user",)
        word = singular(words[-1]) if words else ""
        return (word,) if word and word != "member" else ()  # a membership is there to have a role


def _has_name(source: Node) -> bool:
    return any(before in ("schemas", "definitions") for before in tokens(source)[:-1])


def _is_right(facts: Facts, field: Field, about: tuple[str, ...]) -> bool:
    name = "".join(split(field.name))
    is_person, is_account = is_about_person(about), not ACCOUNTS.isdisjoint(about) or "wallet" in about
    if name in _STATES and (is_person or is_account):
        values = facts.table.find(field.schema, "enum") or ()
        return any(isinstance(value, str) and value.lower() in _DECIDED for value in values)
    return name in _RIGHTS or (name in _RIGHTS_OF_PERSONS and is_person) or (name in _OF_ACCOUNTS and is_account)


def _is_fixed(facts: Facts, field: Field) -> bool:
    """One value is no choice."""
    values = facts.table.find(field.schema, "enum")
    return values is not None and len(values) < 2


def _is_for_that(operation: Operation) -> bool:
    """An operation that is there to give rights."""
    words = {"admin", "role", "roles", "permission", "permissions", "grant", "invite", "invitations", "scim"}
    return bool(words & set(operation.words))


def _harm(facts: Facts, field: Field, operations: list[Operation]) -> Harm:
    update = {"readOnly": True}
    actions = amend(facts, field.raw, update)
    names = listed([operation.id for operation in operations])
    message = f"callers may write {field.name}: {names}"
    advice = advise(field.raw, update) if not actions else ""
    indices = [operation.index for operation in operations]
    return harm("privilege_writable", field.raw, message, actions, advice=advice, operations=indices, sample=field.name)
