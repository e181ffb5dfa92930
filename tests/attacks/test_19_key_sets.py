"""Threat 19: strangers who make the gateway fetch keys, and identity providers that fail."""

from __future__ import annotations

import time

from gateway import Gateway, Product, bearer, token
from raw import ask, reply, request, send


def test_many_unknown_keys_ask_control_once(gateway: Gateway) -> None:
    before = len(gateway.engine.frames("keys_wanted"))
    for i in range(1000):
        answer = (
            ask(gateway.port, "GET", "/stock", [bearer(token(header={"kid": f"random-{i}"}))]) if i % 100 == 0 else None
        )
        assert answer is None or answer.status == 401
    pipeline = [request("GET", "/stock", [bearer(token(header={"kid": f"more-{i}"}))]) for i in range(1000)]
    kept = b"".join(pipeline).replace(b"Connection: close\r\n", b"")
    send(gateway.port, kept, silence=1.0)
    time.sleep(0.5)
    wanted = gateway.engine.frames("keys_wanted")[before:]
    assert len([frame for frame in wanted if frame["issuer"] == "partner"]) <= 1
    assert gateway.origin.received == b""


def test_a_token_of_an_unknown_issuer_asks_for_nothing(gateway: Gateway) -> None:
    before = len(gateway.engine.frames("keys_wanted"))
    for i in range(20):
        text = token(iss="https://evil.example", header={"kid": f"evil-{i}"})
        assert ask(gateway.port, "GET", "/stock", [bearer(text)]).status == 401
    time.sleep(0.3)
    assert len(gateway.engine.frames("keys_wanted")) == before


def test_a_failing_provider_does_not_take_its_keys_along(product: Product) -> None:
    assert ask(product.port, "GET", "/stock", [bearer(token())]).status == 200
    honest = product.origin.files["/partner/jwks.json"]
    fetched = product.origin.fetched.count("/partner/jwks.json")
    for broken in (reply(500, b"x"), reply(200, b"<html>", "text/html"), reply(200, b'{"keys":[]}')[:-5]):
        product.origin.files["/partner/jwks.json"] = lambda broken=broken: broken  # type: ignore[misc]
        for i in range(30):
            assert ask(product.port, "GET", "/stock", [bearer(token(header={"kid": f"k-{i}"}))]).status == 401
        time.sleep(0.6)
        assert ask(product.port, "GET", "/stock", [bearer(token())]).status == 200
    product.origin.files["/partner/jwks.json"] = honest
    # Once per 30 seconds because of strangers, and retries of what failed.
    assert product.origin.fetched.count("/partner/jwks.json") - fetched <= 2
