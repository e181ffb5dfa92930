"""Threat 34: caches that strangers fill. Memory is bounded by configuration, not by traffic."""

from __future__ import annotations

import base64
import json
import socket
import statistics
from collections import Counter
from pathlib import Path

import pytest
from gateway import Gateway, started_gateway, token
from raw import ask, request

BATCH = 250
ROUNDS = 80


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


def of_another_kid(i: int) -> bytes:
    """A header that names the key `i`, unpadded base64 without a remainder."""
    head = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": f"{i:09d}"}).ljust(60).encode()
    return base64.urlsafe_b64encode(head)


def of_another_issuer(i: int) -> bytes:
    return base64.urlsafe_b64encode(json.dumps({"iss": f"https://{i:09d}.example"}).ljust(60).encode())


STRANGERS = {
    "keys": lambda i: b"GET /admin HTTP/1.1\r\nHost: a\r\nX-API-Key: fc_live_%d\r\n\r\n" % i,
    "paths": lambda i: b"GET /nothing/%d/here HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "hosts": lambda i: b"GET /nothing HTTP/1.1\r\nHost: h%d.example\r\n\r\n" % i,
    "methods": lambda i: b"M%d /api HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "tokens": lambda i: (
        b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s.%s.%086d\r\n\r\n"
        % (TOKEN[0].encode(), TOKEN[1].encode(), i)
    ),
    "ids of keys": lambda i: (
        b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s.%s.%s\r\n\r\n"
        % (of_another_kid(i), TOKEN[1].encode(), TOKEN[2].encode())
    ),
    "issuers": lambda i: (
        b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s.%s.%s\r\n\r\n"
        % (TOKEN[0].encode(), of_another_issuer(i), TOKEN[2].encode())
    ),
    "names of headers": lambda i: b"GET /api HTTP/1.1\r\nHost: a\r\nX-N%d: 1\r\nX-Role: x\r\n\r\n" % i,
    "names of parameters": lambda i: b"GET /api?n%d=1 HTTP/1.1\r\nHost: a\r\n\r\n" % i,
    "names of properties": lambda i: (
        b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b'Content-Length: 14\r\n\r\n{"n%08d":1}' % i
    ),
}


def settle(gateway: Gateway) -> Gateway:
    """Queues of events, buffers and pools reach their size: what is bounded stays where it is from here on."""
    held = resident_mb(gateway.engine.pid)
    for turn in range(1, 9):
        for i in range(ROUNDS // 2):
            first = turn * 10_000_000 + i * BATCH
            pipelined(gateway, [STRANGERS["methods"](first + j) for j in range(BATCH)])
        before, held = held, resident_mb(gateway.engine.pid)
        if held - before < 3:
            break
    return gateway


@pytest.fixture(scope="module")
def settled(whole_gateway: Gateway) -> Gateway:
    return settle(whole_gateway)


@pytest.mark.parametrize("make", STRANGERS.values(), ids=list(STRANGERS))
def test_a_hundred_thousand_strangers_leave_no_trace_in_memory(settled: Gateway, gateway: Gateway, make) -> None:
    """What is kept of each stranger grows by the same amount in every round, however often one looks; what the
    allocator takes and gives back does not. So the middle one of five rounds tells, and one quiet look is enough."""
    looks = []
    for look in range(3):
        grown = []
        for turn in range(5):
            before = resident_mb(gateway.engine.pid)
            for i in range(ROUNDS):
                first = (look * 5 + turn) * 100_000 + i * BATCH
                pipelined(gateway, [make(first + j) for j in range(BATCH)])
            grown.append(resident_mb(gateway.engine.pid) - before)
        looks.append(statistics.median(grown))
        if looks[-1] < 1.0:  # not even 50 bytes for each of the 20,000 of a round
            break
    assert min(looks) < 1.0, looks
    assert gateway.origin.take() == []


def growth_by_tokens(room: int) -> float:
    """By how many megabytes an engine with room for so many verified tokens grows with 3000 of them, after others."""
    scope, grown = " ".join(f"a.scope.of.some.length.{i}" for i in range(90)), []
    with started_gateway({"cached_tokens": room}) as gateway:
        settle(gateway)
        for turn in range(9):
            before = resident_mb(gateway.engine.pid)
            for start in range(0, 500, 100):
                texts = [token(jti=f"{turn}-{start + i}", scope=scope).encode() for i in range(100)]
                heads = [b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + text for text in texts]
                pipelined(gateway, [head + b"\r\n\r\n" for head in heads])
            grown.append(resident_mb(gateway.engine.pid) - before)
        assert len(gateway.origin.take()) == 4500  # every one of them was good
    return sum(grown[3:])


def test_verified_tokens_take_the_room_that_is_set_and_no_more() -> None:
    """Tokens of some 3 KB: with room for all they are seen to be kept, with room for 64 they are not."""
    assert growth_by_tokens(room=32_768) > 15
    assert growth_by_tokens(room=64) < 12


def test_callers_from_any_number_of_addresses_take_the_room_that_is_set() -> None:
    """A bucket for each address: who finds no room is refused, so that the origin sees no more callers than buckets."""
    with started_gateway({"rate_buckets": 256}) as gateway:
        statuses = Counter[int]()
        for i in range(1500):
            address = (f"127.{i // 250 + 1}.7.{i % 250 + 1}", 0)
            with socket.create_connection(("127.0.0.1", gateway.port), timeout=5, source_address=address) as connection:
                connection.sendall(request("GET", "/greeting"))
                statuses[int(connection.recv(64).split(b" ")[1])] += 1
        callers = {arrived.values("X-Forwarded-For")[0] for arrived in gateway.origin.take()}
        assert set(statuses) == {200, 503}
        assert 128 < statuses[200] == len(callers) <= 256


def test_idle_connections_cost_little(settled: Gateway, gateway: Gateway) -> None:
    """A started head holds its own few bytes, not a buffer of the largest size."""
    grown = []
    for _ in range(3):
        before = resident_mb(gateway.engine.pid)
        held = [socket.create_connection(("127.0.0.1", gateway.port), timeout=5) for _ in range(400)]
        for each in held:
            each.sendall(b"GET /api HTTP/1.1\r\nHost: a\r\nX: ")
        # All of them were read, when one that came last is answered.
        assert ask(gateway.port, "GET", "/api").status == 200
        grown.append(resident_mb(gateway.engine.pid) - before)
        for each in held:
            each.close()
        assert ask(gateway.port, "GET", "/api").status == 200
    assert grown[0] < 400 * 0.032 and min(grown) < 400 * 0.004, grown
