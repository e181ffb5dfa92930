"""The sample shop has the faults that the demo is about, and works as an API does."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from firstclass.demo.database import Database
from firstclass.demo.people import get_person, invent_people
from firstclass.demo.shop import Shop

PEOPLE = invent_people(40, Random(3))
ANA, BOB = get_person(PEOPLE, "Ana"), get_person(PEOPLE, "Bob")
KEY = {"x-api-key": "k"}
GATEWAY_PORT, PUBLIC_PORT = 2, 1


class Caller:
    """Calls the application without a socket."""

    def __init__(self) -> None:
        self.shop = Shop(Database(PEOPLE), "k")
        self.shop.gateway_port = GATEWAY_PORT
        token = self.call("POST", "/sign-in", {"email": ANA.email, "password": ANA.password})[1]["token"]
        self.session = {**KEY, "authorization": f"Bearer {token}"}

    def call(
        self, method: str, target: str, body: Any = None, headers: dict[str, str] = KEY, port: int = PUBLIC_PORT
    ) -> tuple[int, Any]:
        path, _, query = target.partition("?")
        scope = {
            "method": method, "path": path, "query_string": query.encode(), "server": ("127.0.0.1", port),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"body": b"" if body is None else json.dumps(body).encode()}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.shop(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"])

    def as_ana(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        return self.call(method, target, body, self.session)


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_the_key_of_the_app_is_needed(caller: Caller) -> None:
    assert caller.call("GET", "/designs", headers={})[0] == 401
    assert caller.call("GET", "/designs")[0] == 200


def test_personal_data_needs_a_token_that_the_shop_signed(caller: Caller) -> None:
    target = f"/customers/{ANA.id}"
    assert caller.call("GET", target)[0] == 401
    forged = caller.session["authorization"][:-4] + "AAAA"
    assert caller.call("GET", target, headers={**KEY, "authorization": forged})[0] == 401
    assert caller.as_ana("GET", target)[1]["name"] == ANA.name


def test_a_wrong_password_signs_nobody_in(caller: Caller) -> None:
    assert caller.call("POST", "/sign-in", {"email": ANA.email, "password": "x"})[0] == 401


def test_identity_headers_are_believed_only_where_the_gateway_calls(caller: Caller) -> None:
    told, target = {"firstclass-subject": str(ANA.id)}, f"/customers/{ANA.id}"
    assert caller.call("GET", target, headers=told, port=GATEWAY_PORT)[0] == 200
    assert caller.call("GET", target, headers={}, port=GATEWAY_PORT)[0] == 401
    assert caller.call("GET", target, headers={**KEY, **told})[0] == 401


def test_the_key_set_holds_no_private_part(caller: Caller) -> None:
    (key,) = caller.call("GET", "/.well-known/jwks.json", headers={})[1]["keys"]
    assert set(key) == {"kty", "crv", "kid", "use", "alg", "x", "y"}


def test_fault_1_anybody_reads_anybody(caller: Caller) -> None:
    status, customer = caller.as_ana("GET", f"/customers/{BOB.id}")
    assert (status, customer["paymentCard"], customer["passwordHash"]) == (200, BOB.payment_card, BOB.password_hash)
    assert caller.as_ana("GET", f"/customers/{BOB.id}/cards")[1]["customer"]["name"] == BOB.name
    assert caller.as_ana("GET", f"/cards/{2 * BOB.id}")[1]["customerId"] == BOB.id
    assert caller.as_ana("GET", "/customers/41")[0] == 404


def test_fault_2_anybody_orders_for_anybody(caller: Caller) -> None:
    assert caller.as_ana("POST", "/orders", {"customerId": BOB.id, "cardId": 1})[0] == 201
    assert caller.shop.database.select("SELECT customer_id FROM orders") == [{"customer_id": BOB.id}]


def test_fault_4_any_property_is_written(caller: Caller) -> None:
    assert caller.as_ana("PATCH", f"/customers/{ANA.id}", {"role": "admin"})[1]["role"] == "admin"


def test_fault_5_a_debug_operation_dumps_everything(caller: Caller) -> None:
    assert len(caller.call("GET", "/debug/dump")[1]["customers"]) == 40


def test_fault_6_a_parameter_becomes_sql(caller: Caller) -> None:
    assert len(caller.as_ana("GET", f"/customers?name={quote(ANA.name)}")[1]) == 1
    assert len(caller.as_ana("GET", f"/customers?name={quote(chr(39) + ' OR 1=1 --')}")[1]) == 40


def test_a_reset_forgets_what_the_attack_did(caller: Caller) -> None:
    caller.as_ana("PATCH", f"/customers/{ANA.id}", {"role": "admin"})
    caller.shop.database.reset()
    assert caller.as_ana("GET", f"/customers/{ANA.id}")[1]["role"] == "customer"
