"""Threat 15: forwarding headers of an untrusted peer."""

from __future__ import annotations

from gateway import Gateway, key
from raw import ask

FORGED = {
    "X-Forwarded-For": "10.9.9.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/admin", "X-Forwarded-Uri": "/admin", "X-Forwarded-Port": "1", "X-Forwarded-Server": "evil",
    "X-Forwarded-Method": "DELETE", "Forwarded": "for=10.9.9.9;host=evil.example", "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin", "X-Original-Uri": "/admin", "X-HTTP-Method-Override": "DELETE", "X-Real-IP": "10.9.9.9",
    "X-Client-IP": "10.9.9.9", "True-Client-IP": "10.9.9.9", "CF-Connecting-IP": "10.9.9.9", "X-Host": "evil.example",
    "Via": "1.1 evil", "X-ProxyUser-Ip": "10.9.9.9", "Proxy": "http://evil.example", "X-Envoy-Original-Path": "/admin",
}  # fmt: skip


def test_where_a_call_comes_from_is_what_the_socket_says(gateway: Gateway) -> None:
    assert ask(gateway.port, "GET", "/api", list(FORGED.items())).status == 200
    (arrived,) = gateway.origin.take()
    assert arrived.target == "/api" and arrived.method == "GET"
    assert arrived.values("X-Forwarded-For") == ["127.0.0.1"]
    assert arrived.values("X-Forwarded-Host") == ["gateway.test"]
    assert arrived.values("X-Forwarded-Proto") == ["http"]
    for name, value in FORGED.items():
        assert value not in arrived.values(name), name


def test_no_header_opens_a_guarded_path(gateway: Gateway) -> None:
    assert ask(gateway.port, "GET", "/admin", list(FORGED.items())).status == 401
    assert gateway.origin.received == b""


def test_a_list_of_addresses_does_not_grow(gateway: Gateway) -> None:
    sent = [("X-Forwarded-For", "10.0.0.1, 10.0.0.2"), ("X-Forwarded-For", "10.0.0.3"), key("desk")]
    assert ask(gateway.port, "GET", "/admin", sent).status == 200
    (arrived,) = gateway.origin.take()
    assert arrived.values("X-Forwarded-For") == ["127.0.0.1"]
