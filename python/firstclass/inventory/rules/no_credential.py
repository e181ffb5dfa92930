"""Operations that anybody may call: `security: []`, an empty alternative, or nothing said at all."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.compiler import Node
from firstclass.inventory.credentials import Credentials
from firstclass.inventory.facts import WRITES, Facts, Operation
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.words import split

# What has to be public: whether the API lives, and what it is called.
_ALIVE = frozenset({"health", "healthz", "livez", "readyz", "ping", "status", "version", "alive", "ready", "heartbeat"})


def find_open_operations(facts: Facts) -> Iterator[Harm]:
    """One harm for each operation, in the contract's order; the fix asks for the credential that others ask for."""
    credentials = Credentials(facts)
    for operation in facts.operations:
        if operation.is_open and not _may_be_public(operation):
            yield _harm(facts, credentials, operation)


def _may_be_public(operation: Operation) -> bool:
    """Only what was said to be public can be meant so: what has to be, and what callers get their session from."""
    last = split(operation.template.rstrip("/").rpartition("/")[2])
    is_reading = operation.method not in WRITES
    if operation.entry == "open" and "login" in operation.lowered:
        return True
    return operation.entry == "open" and is_reading and bool(last) and set(last) <= _ALIVE


def _harm(facts: Facts, credentials: Credentials, operation: Operation) -> Harm:
    requirement, declared = credentials.plain()
    at = _said(operation)
    name = f"{operation.method} {operation.template}"
    if operation.entry == "unsaid":
        message = f"{name} does not say who gets in: as it stands, anybody"
        actions = [*declared, Action("$", {"security": [requirement]}, slot="$", rank=0)]
        return harm("no_credential", at, message, actions, operations=[operation.index], sample=name)
    said = "one of its alternatives asks for nothing" if _has_empty(operation) else "its security asks for nothing"
    actions = [*declared, *credentials.replace(operation, requirement, 1)]
    if not actions[len(declared) :]:
        advice = f"in {at.file}: security: [{{{next(iter(requirement))}: []}}]"
        return harm("no_credential", at, f"{name} lets anybody in", advice=advice, operations=[operation.index])
    message = f"{name} lets anybody in: {said}"
    return harm("no_credential", at, message, actions, operations=[operation.index], sample=name)


def _said(operation: Operation) -> Node:
    own = operation.node.find("security")
    return own if own is not None else operation.node


def _has_empty(operation: Operation) -> bool:
    return operation.security is not None and bool(operation.security.sequence)
