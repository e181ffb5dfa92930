"""Properties of requests that give rights or money to whoever writes them."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.schemas import Field
from firstclass.inventory.words import is_about_person, split
from firstclass.model.counted import listed

_RIGHTS = frozenset(
    {
        *("isadmin", "admin", "isadministrator", "issuperuser", "superuser", "isstaff", "isroot", "isowner"),
        *("siteadmin", "ismoderator", "isverified", "emailverified", "isemailverified", "phoneverified", "kycstatus"),
        *("accountbalance", "creditbalance", "creditlimit", "walletbalance"),
    }
)
# On an object about a person these are rights; elsewhere they are anything.
_RIGHTS_OF_PERSONS = frozenset(
    {
        *("role", "roles", "permission", "permissions", "privileges", "scopes", "balance", "credits", "verified"),
        *("accesslevel", "userlevel", "rolle", "rollen", "rol", "guthaben", "saldo", "solde"),
    }
)


def find_privileges(facts: Facts) -> Iterator[Harm]:
    """One harm for each property that requests of ordinary callers may write."""
    told: set[int] = set()
    for written in facts.written:
        field = written.field
        name = "".join(split(field.name))
        is_right = name in _RIGHTS or (name in _RIGHTS_OF_PERSONS and is_about_person(field.about))
        is_right = is_right and not _is_fixed(facts, field)
        operations = [each for each in facts.named(written.bits) if not _is_for_that(each)]
        if is_right and operations and id(field.raw.path) not in told:
            told.add(id(field.raw.path))
            yield _harm(facts, field, operations)


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
