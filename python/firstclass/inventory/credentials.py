"""Which credential a fix asks for: what the contract declares already, else the plainest that this gateway checks."""

from __future__ import annotations

from typing import Any

from firstclass.compiler import Node
from firstclass.compiler.own_credentials import passes_unchecked
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Action
from firstclass.inventory.own_sessions import declared_scheme, propose_login
from firstclass.inventory.places import json_path

KEY_HEADER = "X-API-Key"
OTHER_KEY_HEADER = "X-Firstclass-Key"
_BEARER = ("oauth2", "openIdConnect")


class Credentials:
    """The security schemes of a contract, and requirements made of them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        schemes = facts.root.find("components", "securitySchemes")
        declared = schemes.mapping if schemes is not None else {}
        # What the API alone checks is no credential to ask for here.
        self._unchecked = [node for node in declared.values() if passes_unchecked(node)]
        self.key = next((name for name, node in declared.items() if _kind(node) == "key"), None)
        self.bearer = next((name for name, node in declared.items() if _kind(node) == "bearer"), None)
        self._taken = set(declared)

    def plain(self) -> tuple[dict[str, Any], list[Action]]:
        """A requirement for any caller, and the action that declares its scheme if the contract has none."""
        if self.key is not None or self.bearer is not None:
            return {self.key or str(self.bearer): []}, []
        name = self._free("apiKey")
        taken = {(node.plain() or {}).get("name", "").lower() for node in self._unchecked}
        header = OTHER_KEY_HEADER if KEY_HEADER.lower() in taken else KEY_HEADER
        scheme = {"type": "apiKey", "in": "header", "name": header}
        if header != KEY_HEADER:
            scheme["description"] = f"Not {KEY_HEADER}, in which callers' own keys go on to the API, unchecked."
        return {name: []}, [self._declare(name, scheme)]

    def personal(self, operation: Operation) -> tuple[dict[str, Any], list[Action]]:
        """A requirement that says for whom the call is made: what the operation asks for already, and a token."""
        more: list[Action] = []
        required = self._first(operation)
        if not required:
            required, more = self.plain()
        if self.bearer is not None:
            return {**required, self.bearer: []}, more
        name = self._free("session")
        login = propose_login(self.facts)
        scheme = declared_scheme(login)
        if self.facts.is_swagger:
            action = Action("$", {"components": {"securitySchemes": {name: scheme}}})
        else:
            action = self._declare(name, scheme)
        return {**required, name: []}, [*more, action, *login]

    def _first(self, operation: Operation) -> dict[str, Any]:
        for item in operation.security.sequence if operation.security is not None else ():
            if item.mapping and all(name == self.key for name in item.mapping):
                return {str(self.key): []}
        return {}

    def _free(self, name: str) -> str:
        return next(word for word in (name, f"{name}2", f"{name}3", f"{name}4") if word not in self._taken)

    def _declare(self, name: str, scheme: dict[str, Any]) -> Action:
        if self.facts.is_swagger:
            return Action("$", {"securityDefinitions": {name: scheme}})
        return Action("$", {"components": {"securitySchemes": {name: scheme}}})

    def replace(self, operation: Operation, requirement: dict[str, Any], rank: int) -> list[Action]:
        """Actions that make the requirement the only one of an operation."""
        actions: list[Action] = []
        for location in self.facts.places.find(operation.node):
            target = json_path(location)
            own = operation.node.find("security")
            if own is not None and own.sequence:
                actions.append(Action(json_path((*location, "security")), remove=True, slot=target, rank=rank))
            actions.append(Action(target, {"security": [requirement]}, slot=target, rank=rank))
        return actions


def _kind(node: Node) -> str | None:
    if passes_unchecked(node):
        return None
    kind = node.find("type")
    text = kind.text if kind is not None else None
    if text == "apiKey":
        name, place = node.find("name"), node.find("in")
        is_usable = name is not None and (name.text or "").lower() not in ("authorization", "cookie", "host")
        return "key" if is_usable and place is not None else None
    if text in _BEARER:
        return "bearer"
    scheme = node.find("scheme")
    is_bearer = text == "http" and scheme is not None and (scheme.text or "").lower() == "bearer"
    return "bearer" if is_bearer else None


def knows_subject(facts: Facts, operation: Operation) -> bool:
    """Whether some alternative of the operation carries a token."""
    alternatives = operation.lowered["access"].get("any_of", [])
    asked = [facts.schemes[each["scheme"]] for found in alternatives for each in found]
    return any(scheme["kind"] in ("bearer", "session") or scheme.get("login") for scheme in asked)
