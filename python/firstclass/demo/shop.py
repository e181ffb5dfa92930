"""Papercrane, the fictional greeting-card shop: an API that is unsafe as its kind is, as one small ASGI application.

It knows who calls and never asks whether they may. Every fault here is the demo's subject. Copy nothing from this file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from firstclass.demo.database import Database, Row
from firstclass.demo.tokens import TokenSigner

DESIGNS = [{"id": number, "title": title, "price": 3.5} for number, title in enumerate(("Cranes", "Waves", "Stars"), 1)]

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Answer = tuple[int, Any]
NOT_FOUND: Answer = (404, {"error": "not found"})


class Shop:
    """The ASGI application. On `gateway_port` it believes the gateway's identity headers, elsewhere key and token."""

    def __init__(self, database: Database, app_key: str) -> None:
        self.database = database
        self.gateway_port: int | None = None
        self._app_key = app_key
        self._tokens = TokenSigner()
        self._routes: list[tuple[re.Pattern[str], bool, Callable[..., Answer]]] = [
            (re.compile(r"GET /customers/(-?\d+)"), True, self._get_customer),
            (re.compile(r"GET /customers/(-?\d+)/cards"), True, self._list_cards),
            (re.compile(r"GET /cards/(-?\d+)"), True, self._get_card),
            (re.compile(r"GET /designs"), False, lambda request: (200, DESIGNS)),
            (re.compile(r"POST /sign-in"), False, self._sign_in),
            (re.compile(r"GET /customers"), True, self._search_customers),
            (re.compile(r"POST /orders"), True, self._create_order),
            (re.compile(r"PATCH /customers/(-?\d+)"), True, self._change_customer),
            (re.compile(r"GET /debug/dump"), False, self._dump),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            status, value = self._answer(scope, body)
        except Exception as problem:  # whatever breaks is shown to the caller: one more fault of its kind
            status, value = 500, {"error": repr(problem)}
        text = json.dumps(value).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        if scope["path"] == "/.well-known/jwks.json":
            return 200, self._tokens.jwks
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        behind_gateway = scope["server"][1] == self.gateway_port
        if not behind_gateway and headers.get("x-api-key") != self._app_key:
            return 401, {"error": "unknown app"}
        for pattern, personal, operation in self._routes:
            if match := pattern.fullmatch(f"{scope['method']} {scope['path']}"):
                if personal and not (headers.get("firstclass-subject") if behind_gateway else self._believes(headers)):
                    return 401, {"error": "sign in first"}
                return operation({"query": scope["query_string"], "body": body}, *map(int, match.groups()))
        return NOT_FOUND

    def _believes(self, headers: dict[str, str]) -> bool:
        return self._tokens.believes(headers.get("authorization", "").removeprefix("Bearer "))

    def _sign_in(self, request: dict[str, bytes]) -> Answer:
        wanted = json.loads(request["body"])
        digest = hashlib.sha256(str(wanted["password"]).encode()).hexdigest()
        row = self.database.customer(f"email = '{wanted['email']}' AND password_hash = '{digest}'")
        if row is None:
            return 401, {"error": "wrong e-mail or password"}
        return 200, {"token": self._tokens.issue(str(row["id"])), "customer": _customer(row)}

    def _get_customer(self, request: dict[str, bytes], number: int) -> Answer:
        row = self.database.customer(f"id = {number}")
        return (200, _customer(row)) if row else NOT_FOUND

    def _change_customer(self, request: dict[str, bytes], number: int) -> Answer:
        self.database.change_customer(number, json.loads(request["body"]))
        return self._get_customer(request, number)

    def _search_customers(self, request: dict[str, bytes]) -> Answer:
        name = parse_qs(request["query"].decode()).get("name", [""])[0]
        return 200, [_customer(row) for row in self.database.select(f"SELECT * FROM customers WHERE name = '{name}'")]

    def _list_cards(self, request: dict[str, bytes], number: int) -> Answer:
        row = self.database.customer(f"id = {number}")
        if row is None:
            return NOT_FOUND
        cards = self.database.select(f"SELECT * FROM cards WHERE customer_id = {number}")
        return 200, {"customer": _customer(row), "cards": [_card(card) for card in cards]}

    def _get_card(self, request: dict[str, bytes], number: int) -> Answer:
        cards = self.database.select(f"SELECT * FROM cards WHERE id = {number}")
        if not cards:
            return NOT_FOUND
        return 200, {
            **_card(cards[0]),
            "customer": _customer(self.database.customer(f"id = {cards[0]['customer_id']}") or {}),
        }

    def _create_order(self, request: dict[str, bytes]) -> Answer:
        wanted = json.loads(request["body"])
        order = self.database.add_order(wanted["customerId"], wanted["cardId"], wanted.get("quantity", 1))
        customer = self.database.customer(f"id = {wanted['customerId']}") or {}
        return 201, {
            "id": order,
            "customerId": wanted["customerId"],
            "status": "ordered",
            "customer": _customer(customer),
        }

    def _dump(self, request: dict[str, bytes]) -> Answer:
        return 200, {
            table: self.database.select(f"SELECT * FROM {table}") for table in ("customers", "cards", "orders")
        }


def _customer(row: Row) -> dict[str, Any]:
    """The whole row, hash and role and notes included: what a serializer gives when nobody chose."""
    shown = {re.sub(r"_(\w)", lambda match: match[1].upper(), name): value for name, value in row.items()}
    shown["address"] = {"street": shown.pop("street", None), "city": shown.pop("city", None)}
    return shown


def _card(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "customerId": row["customer_id"], "title": row["title"], "message": row["message"]}
