"""Threat 15: forwarding headers of an untrusted peer."""

from __future__ import annotations

from gateway import Gateway, key, started_gateway
from raw import ask, send

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


def test_what_the_operator_says_callers_see_is_what_the_api_is_told() -> None:
    """An API makes links of it, as in the mail that resets a password."""
    for url, host, proto in [
        ("https://api.example.com", "api.example.com", "https"),
        ("HTTPS://API.example.com:443/", "api.example.com", "https"),
        ("http://api.example.com:8080/v1", "api.example.com:8080", "http"),
        (None, "evil.example", "http"),
    ]:
        with started_gateway(public_url=url) as gateway:
            raw = b"GET /api HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: x.example\r\nConnection: close\r\n\r\n"
            assert [answer.status for answer in send(gateway.port, raw).answers] == [200]
            (arrived,) = gateway.origin.take()
            assert (arrived.values("X-Forwarded-Host"), arrived.values("X-Forwarded-Proto")) == ([host], [proto])
