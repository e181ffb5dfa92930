"""Threat 20: authentication left out somewhere. Every operation of the contract × every state of a credential."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from gateway import Gateway, all_operations, bearer, key, started_gateway, token
from raw import Answered, ask

from firstclass.engine.cases.minting import Signer

PATHS = {"getPerson": "/people/7", "listOrders": "/people/7/orders"}
BODIES = {"postAdmin": b"{}", "addNote": b"{}", "addForm": b"text=x", "putPicture": b"x", "search": b"{}"}
MEDIA = {"addForm": "application/x-www-form-urlencoded", "putPicture": "image/png"}
NOW = int(time.time())
MISSING, INVALID, EXPIRED, REVOKED = (
    (401, f"credential_{what}") for what in ("missing", "invalid", "expired", "revoked")
)
NOT_SUBSCRIBED, PASSES = (403, "not_subscribed"), (200, None)
Sent = list[tuple[str, str]]
State = tuple[Callable[[], Sent], tuple[int, str | None]]
# What each kind of operation is called with, and what must become of it. All of it is real: made by who could make it.
KEYS: dict[str, State] = {
    "none": (list, MISSING),
    "empty": (lambda: [("X-API-Key", "")], INVALID),
    "malformed": (lambda: [("X-API-Key", key("desk")[1][:-1])], INVALID),
    "unknown": (lambda: [key("never")], INVALID),
    "expired": (lambda: [key("expired")], EXPIRED),
    "revoked": (lambda: [key("revoked")], REVOKED),
    "of a disabled application": (lambda: [key("gone")], REVOKED),
    "of another application": (lambda: [key("other")], NOT_SUBSCRIBED),
    "of a subscription that is over": (lambda: [key("past")], NOT_SUBSCRIBED),
    "a token in its place": (lambda: [("X-API-Key", token(scope="stock.read"))], INVALID),
    "good": (lambda: [key("desk")], PASSES),
}


def of_partner(**claims: Any) -> Callable[[], Sent]:
    return lambda: [bearer(token(scope="stock.read", **claims))]


TOKENS: dict[str, State] = {
    "none": (list, MISSING),
    "empty": (lambda: [("Authorization", "Bearer ")], INVALID),
    "a key in its place": (lambda: [bearer(key("desk")[1])], INVALID),
    "of a stranger": (of_partner(signer="stranger"), INVALID),
    "of a key that the issuer has not": (of_partner(header={"kid": "gone"}), INVALID),
    "of the other issuer": (lambda: [bearer(token("people", client_id="acme", scope="stock.read"))], INVALID),
    "for another audience": (of_partner(aud="another-api"), INVALID),
    "expired": (of_partner(exp=NOW - 120), EXPIRED),
    "not yet valid": (of_partner(nbf=NOW + 7200), INVALID),
    "of a disabled application": (of_partner(client_id="gone"), REVOKED),
    "of an application that nobody registered": (of_partner(client_id="nobody"), NOT_SUBSCRIBED),
    "of another application": (of_partner(client_id="other"), NOT_SUBSCRIBED),
    "of a subscription that is over": (of_partner(client_id="past"), NOT_SUBSCRIBED),
    "good": (of_partner(), PASSES),
}


def with_key(person: Callable[[], str], name: str = "desk") -> Callable[[], Sent]:
    return lambda: [key(name), bearer(person())]


def ana(**claims: Any) -> str:
    return token("people", sub="7", **claims)


PEOPLE: dict[str, State] = {
    "nobody": (list, MISSING),
    "a key alone": (lambda: [key("desk")], MISSING),
    "a person alone": (lambda: [bearer(ana())], MISSING),
    "a person of a stranger's": (with_key(lambda: ana(signer="stranger")), INVALID),
    "a person of the other issuer": (with_key(lambda: token(sub="7")), INVALID),
    "a person without a name": (with_key(lambda: token("people", sub=None)), (401, "subject_unknown")),
    "a person whose time is over": (with_key(lambda: ana(exp=NOW - 120)), EXPIRED),
    "a person for another audience": (with_key(lambda: ana(aud="another-api")), INVALID),
    "an expired key": (with_key(ana, "expired"), EXPIRED),
    "a revoked key": (with_key(ana, "revoked"), REVOKED),
    "a disabled application": (with_key(ana, "gone"), REVOKED),
    "an application without a subscription": (with_key(ana, "other"), NOT_SUBSCRIBED),
    "a subscription that is over": (with_key(ana, "past"), NOT_SUBSCRIBED),
    "somebody else": (with_key(lambda: token("people", sub="8")), (404, "foreign_object")),
    "good": (with_key(ana), PASSES),
}


def states_of(operation: dict[str, Any]) -> dict[str, State]:
    """What an operation is called with. One that is public takes no notice of any key."""
    if "public" in operation["access"]:
        return {name: (sent, PASSES) for name, (sent, _) in KEYS.items()}
    return {"getStock": TOKENS, "getScoped": TOKENS, "listOrders": PEOPLE}.get(operation["id"], KEYS)


def call(gateway: Gateway, operation: dict[str, Any], sent: Sent) -> Answered:
    name = operation["id"]
    target = PATHS.get(name) or next(path for path, found in TARGETS.items() if found == name)
    body = BODIES.get(name)
    media = [("Content-Type", MEDIA.get(name, "application/json"))] if body is not None else []
    return ask(gateway.port, operation["method"], target, [*sent, *media], body)


TARGETS = {
    "/api": "getApi", "/notes": "addNote", "/forms": "addForm", "/pictures": "putPicture", "/people": "listPeople",
    "/stock": "getStock", "/scoped": "getScoped", "/limited": "getLimited", "/search": "search",
    "/greeting": "getGreeting",
}  # fmt: skip
PATHS |= {"getAdmin": "/admin", "postAdmin": "/admin"}
OPERATIONS = all_operations()


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each["id"] for each in OPERATIONS])
def test_every_operation_asks_for_what_its_contract_says(gateway: Gateway, operation: dict[str, Any]) -> None:
    gateway.origin.says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
                        + (b"[]" if operation["id"] == "listPeople" else b"{}"))  # fmt: skip
    judged = {}
    for name, (sent, _) in states_of(operation).items():
        answer = call(gateway, operation, sent())
        judged[name] = (answer.status, answer.reason, len(gateway.origin.take()))
    wanted = {name: (*verdict, int(verdict == PASSES)) for name, (_, verdict) in states_of(operation).items()}
    assert judged == wanted


def test_a_scope_is_asked_for(gateway: Gateway) -> None:
    for scope in (None, "", "stock", "stock.readall", "stock.write", "Stock.Read"):
        assert ask(gateway.port, "GET", "/scoped", [bearer(token(scope=scope))]).status == 403
    assert gateway.origin.take() == []


def test_somebody_elses_object_is_not_there(gateway: Gateway) -> None:
    sent = [key("desk"), bearer(token("people", sub="7"))]
    for person in ("8", "77", "70", "%38", "1"):
        answer = ask(gateway.port, "GET", f"/people/{person}/orders", sent)
        assert answer.status == 404 and answer.reason == "foreign_object"
    for person in ("07", "7.0", "+7", "7e0", "0x7", "7%20", "٧".encode().hex("%").join(["%", ""])):
        assert ask(gateway.port, "GET", f"/people/{person}/orders", sent).status in (400, 404)
    assert gateway.origin.take() == []


def changed(changes: list[dict[str, Any]], kind: str, name: str, **new: Any) -> list[dict[str, Any]]:
    """The directory with other values in one of its records; without the record, where there are none."""
    rest = [each for each in changes if (each["type"], each["id"]) != (kind, name)]
    (old,) = (each for each in changes if each not in rest)
    return [*rest, {**old, "value": {**old["value"], **new}}] if new else rest


WITHDRAWN: dict[str, tuple[Callable[[list[dict[str, Any]]], list[dict[str, Any]]], State]] = {
    "the key that signed a token": (
        lambda all_: changed(all_, "issuer", "partner", keys=Signer("partner").public_keys(["EdDSA"])),
        TOKENS["of a stranger"],
    ),
    "the issuer of a token": (lambda all_: changed(all_, "issuer", "partner"), TOKENS["of a stranger"]),
    "the application of a token": (
        lambda all_: changed(all_, "application", "desk", enabled=False), TOKENS["of a disabled application"],
    ),
    "the name of a token's application": (
        lambda all_: changed(all_, "application", "desk", clients=[]), TOKENS["of another application"],
    ),
    "the subscription of a token": (
        lambda all_: changed(all_, "subscription", "desk"), TOKENS["of another application"],
    ),
    "the end of a token's subscription": (
        lambda all_: changed(all_, "subscription", "desk", until=NOW * 1000 - 1),
        TOKENS["of a subscription that is over"],
    ),
    "an operation of a token's subscription": (
        lambda all_: changed(all_, "subscription", "desk", operations=["getApi", "getAdmin"]),
        TOKENS["of another application"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHDRAWN)
def test_what_was_let_in_before_is_out_once_it_is_withdrawn(name: str) -> None:
    """The token was verified and is remembered; it must not live on for that."""
    change, (_, verdict) = WITHDRAWN[name]
    with started_gateway() as gateway:
        sent = of_partner()()
        for _ in range(2):
            assert ask(gateway.port, "GET", "/stock", sent).status == 200
        assert len(gateway.origin.take()) == 2
        gateway.engine.load({}, change(gateway.changes))
        answer = ask(gateway.port, "GET", "/stock", sent)
        assert (answer.status, answer.reason) == verdict
        assert gateway.origin.take() == []
        gateway.engine.load({}, gateway.changes)
        assert ask(gateway.port, "GET", "/stock", of_partner()()).status == 200
