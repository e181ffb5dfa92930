"""Threat 34: caches that strangers fill. Memory is bounded by configuration, not by traffic."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from gateway import Gateway, token

BATCH = 250
ROUNDS = 40


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def pipelined(gateway: Gateway, requests: list[bytes]) -> None:
    """Send requests one after the other on one connection and count as many answers."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(b"".join(requests))
        got, answers = b"", 0
        while answers < len(requests):
            part = connection.recv(1 << 20)
            if not part:
                break
            got += part
            answers += got.count(b"X-Request-Id: ") + got.count(b"x-request-id: ")
            got = got[-12:]


TOKEN = token().split(".")
STRANGERS = {
    "keys": lambda i: b"GET /admin HTTP/1.1\r\nHost: a\r\nX-API-Key: fc_live_%d\r\n\r\n" % i,
    "paths": lambda i: b"GET /nothing/%d/here HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "hosts": lambda i: b"GET /nothing HTTP/1.1\r\nHost: h%d.example\r\n\r\n" % i,
    "methods": lambda i: b"M%d /api HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "tokens": lambda i: (
        b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s.%s.%086d\r\n\r\n"
        % (TOKEN[0].encode(), TOKEN[1].encode(), i)
    ),
    "issuers": lambda i: b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer e30.%d.x\r\n\r\n" % i,
    "names of headers": lambda i: b"GET /api HTTP/1.1\r\nHost: a\r\nX-N%d: 1\r\nX-Role: x\r\n\r\n" % i,
    "names of parameters": lambda i: b"GET /api?n%d=1 HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "names of properties": lambda i: (
        b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b'Content-Length: 14\r\n\r\n{"n%08d":1}' % i
    ),
}


@pytest.fixture(scope="module")
def settled(whole_gateway: Gateway) -> Gateway:
    """Queues of events, buffers and pools have reached their size: what is bounded stays where it is from here on."""
    gateway = whole_gateway
    held = resident_mb(gateway.engine.pid)
    for turn in range(1, 9):
        for i in range(ROUNDS):
            first = turn * 10_000_000 + i * BATCH
            pipelined(gateway, [STRANGERS["methods"](first + j) for j in range(BATCH)])
        before, held = held, resident_mb(gateway.engine.pid)
        if held - before < 3:
            break
    return gateway


@pytest.mark.parametrize("make", STRANGERS.values(), ids=list(STRANGERS))
def test_ten_thousand_strangers_leave_no_trace_in_memory(settled: Gateway, gateway: Gateway, make) -> None:
    def burst(first: int) -> None:
        pipelined(gateway, [make(first + i) for i in range(BATCH)])

    for i in range(8):
        burst(1_000_000 + i * BATCH)
    before = resident_mb(gateway.engine.pid)
    for i in range(ROUNDS):
        burst(i * BATCH)
    assert resident_mb(gateway.engine.pid) - before < 24


def test_refused_tokens_do_not_grow_the_cache_of_good_ones(gateway: Gateway) -> None:
    before = resident_mb(gateway.engine.pid)
    for start in range(0, 2000, BATCH):
        texts = [token(jti=f"j{start + i}").encode() for i in range(BATCH)]
        pipelined(
            gateway, [b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + t + b"\r\n\r\n" for t in texts]
        )
    assert resident_mb(gateway.engine.pid) - before < 24


def test_idle_connections_cost_little(gateway: Gateway) -> None:
    before = resident_mb(gateway.engine.pid)
    held = [socket.create_connection(("127.0.0.1", gateway.port), timeout=5) for _ in range(400)]
    for each in held:
        each.sendall(b"GET /api HTTP/1.1\r\nHost: a\r\nX: ")
    grown = resident_mb(gateway.engine.pid) - before
    for each in held:
        each.close()
    assert grown < 400 * 0.05
