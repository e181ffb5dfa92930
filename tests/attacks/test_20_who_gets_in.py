"""Threat 20: authentication left out somewhere. Every operation of the contract × every state of a credential."""

from __future__ import annotations

import time
from typing import Any

import pytest
from gateway import Gateway, all_operations, bearer, key, token
from raw import ask

PATHS = {"getPerson": "/people/7", "listOrders": "/people/7/orders"}
BODIES = {"postAdmin": b"{}", "addNote": b"{}", "addForm": b"text=x", "putPicture": b"x", "search": b"{}"}
MEDIA = {"addForm": "application/x-www-form-urlencoded", "putPicture": "image/png"}
# state of the credential -> (status where a key is asked for, where a token is)
MATRIX: dict[str, tuple[int, int]] = {
    "none": (401, 401),
    "empty": (401, 401),
    "unknown": (401, 401),
    "expired": (401, 401),
    "revoked": (401, 401),
    "disabled": (401, 401),
    "unsubscribed": (403, 403),
    "past": (403, 403),
    "good": (200, 200),
}
KEYS = {"unknown": "never", "expired": "expired", "revoked": "revoked", "disabled": "gone", "unsubscribed": "other",
        "past": "past", "good": "desk"}  # fmt: skip


def credentials(state: str, kinds: set[str]) -> list[tuple[str, str]]:
    """What a caller in this state sends to an operation that asks for these kinds of credentials."""
    if state == "none":
        return []
    if state == "empty":
        return [("X-API-Key", ""), ("Authorization", "Bearer ")]
    sent = [key(KEYS[state])] if "key" in kinds else []
    person = [bearer(token("people", sub="7"))] if "person" in kinds else []
    return sent + person + ([bearer(partner_token(state))] if "partner" in kinds else [])


def partner_token(state: str) -> str:
    now = int(time.time())
    return {
        "unknown": lambda: token(signer="stranger"),
        "expired": lambda: token(exp=now - 120, scope="stock.read"),
        "revoked": lambda: token(header={"kid": "gone"}),
        "disabled": lambda: token(signer="stranger"),
        "unsubscribed": lambda: token(client_id="other", scope="stock.read"),
        "past": lambda: token(client_id="nobody", scope="stock.read"),
        "good": lambda: token(scope="stock.read"),
    }[state]()


def kinds_of(operation: dict[str, Any]) -> set[str]:
    """Which credentials an operation asks for; empty: it is public."""
    if "public" in operation["access"]:
        return set()
    return {
        {"getStock": "partner", "getScoped": "partner"}.get(operation["id"], "key"),
        *(["person"] if operation["id"] == "listOrders" else []),
    }


def call(gateway: Gateway, operation: dict[str, Any], sent: list[tuple[str, str]]) -> int:
    name = operation["id"]
    target = PATHS.get(name) or next(path for path, found in TARGETS.items() if found == name)
    body = BODIES.get(name)
    media = [("Content-Type", MEDIA.get(name, "application/json"))] if body is not None else []
    return ask(gateway.port, operation["method"], target, [*sent, *media], body).status


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
    kinds = kinds_of(operation)
    for state, (by_key, by_token) in MATRIX.items():
        wanted = 200 if not kinds else by_token if "partner" in kinds else by_key
        status = call(gateway, operation, credentials(state, kinds or {"key"}))
        reached = len(gateway.origin.take())
        assert (state, status, reached) == (state, wanted, int(wanted == 200))


def test_one_of_two_credentials_is_none(gateway: Gateway) -> None:
    for sent in ([key("desk")], [bearer(token("people", sub="7"))], [key("desk"), bearer(token(sub="7"))]):
        assert ask(gateway.port, "GET", "/people/7/orders", sent).status == 401
    assert gateway.origin.take() == []


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
