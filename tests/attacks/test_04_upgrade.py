"""Threat 4: an upgrade that nobody agreed to turns the rest of the connection into a tunnel."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import reply, send

HIDDEN = b"GET /admin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
UPGRADES = [
    b"Connection: Upgrade\r\nUpgrade: foo\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: nf6dB8Pb/BLinZ7UexUXHg==\r\n",
    b"Connection: upgrade\r\nUpgrade: TLS/1.0\r\n",
]  # fmt: skip
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"


@pytest.mark.parametrize("lines", UPGRADES, ids=["foo", "h2c", "websocket", "tls"])
@pytest.mark.parametrize(
    "answer", [reply(200, b"{}"), SWITCH, SWITCH + reply(200, b"{}")], ids=["200", "101", "101+200"]
)
def test_what_follows_an_upgrade_is_judged_like_any_request(gateway: Gateway, lines: bytes, answer: bytes) -> None:
    gateway.origin.says(answer)
    said = send(gateway.port, b"GET /api HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n" + HIDDEN)
    arrived = gateway.origin.take()
    assert [each.target for each in arrived] in ([], ["/api"])
    assert all(not each.values("Upgrade") and not each.values("HTTP2-Settings") for each in arrived)
    assert 101 not in said.statuses and b"HTTP/1.1 101" not in said.received
    assert said.statuses[1:] in ([], [401])


def test_prior_knowledge_of_http_2_gets_nowhere_in_the_clear(gateway: Gateway) -> None:
    said = send(gateway.port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
    assert said.closed and all(status >= 400 for status in said.statuses)
    assert gateway.origin.received == b""
