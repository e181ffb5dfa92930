"""Threat 18: a token that says where to fetch its key. Nobody fetches it."""

from __future__ import annotations

import json
import time

import pytest
from gateway import Gateway, Product, bearer, token
from raw import RawOrigin, ask, reply

from firstclass.engine.cases.minting import Signer


@pytest.fixture
def trap():
    origin = RawOrigin()
    body = json.dumps({"keys": [Signer("stranger").jwk("ES256")]}).encode()
    origin.answer = lambda _: [reply(200, body)]
    yield origin
    origin.close()


HEADERS = ["jku", "x5u"]


def forged(trap: RawOrigin, member: str) -> str:
    return token(signer="stranger", header={member: f"{trap.url}/jwks.json", "kid": "es256"})


@pytest.mark.parametrize("member", HEADERS)
@pytest.mark.parametrize("kid", ["es256", "k9"])
def test_the_engine_calls_nobody(gateway: Gateway, trap: RawOrigin, member: str, kid: str) -> None:
    text = token(signer="stranger", header={member: f"{trap.url}/jwks.json", "kid": kid})
    assert ask(gateway.port, "GET", "/stock", [bearer(text)]).status == 401
    time.sleep(0.2)
    assert trap.connections == 0 and gateway.origin.received == b""


@pytest.mark.parametrize("member", HEADERS)
def test_control_calls_nobody_either(product: Product, trap: RawOrigin, member: str) -> None:
    for kid in ("es256", "k9"):
        text = token(signer="stranger", header={member: f"{trap.url}/jwks.json", "kid": kid})
        assert ask(product.port, "GET", "/stock", [bearer(text)]).status == 401
    assert ask(product.port, "GET", "/stock", [bearer(token("people", iss=trap.url, jku=trap.url))]).status == 401
    time.sleep(1.0)
    assert trap.connections == 0 and product.origin.requests == []
