"""Threat 8: an origin whose answer could be read in two ways. A 502, and its connection is never used again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from gateway import Gateway
from raw import Arrived, ask, reply, send

CANARY = b"CANARY-from-the-origin"
JSON = b"Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + JSON
BROKEN = {
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + CANARY,
    "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\n{}" + CANARY,
    "length and chunks": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + CANARY,
    "two codings": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": OK + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a signed length": OK + b"Content-Length: +2\r\n\r\n{}",
    "a space before the colon": OK + b"Content-Length : 2\r\n\r\n{}",
    "an empty name": OK + b": x\r\nContent-Length: 2\r\n\r\n{}",
    "a folded line": OK + b"X: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}",
    "a broken chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
    "a NUL": OK + b"X: \x00\r\nContent-Length: 2\r\n\r\n{}",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n" + JSON + b"Content-Length: 2\r\n\r\n{}",
    "another version": b"HTTP/3.1 200 OK\r\n" + JSON + b"Content-Length: 2\r\n\r\n{}",
    "another protocol": b"220 smtp.example " + CANARY + b"\r\n",
    "a huge header": OK + b"X: " + b"a" * 1_100_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "a thousand headers": OK + b"X: 1\r\n" * 5000 + b"Content-Length: 2\r\n\r\n{}",
    "a flood of interim answers": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2000 + reply(),
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_answer_is_a_502_and_its_connection_is_dropped(gateway: Gateway, answer: bytes) -> None:
    gateway.origin.answer = lambda _: [answer] if answer else [None]
    first = ask(gateway.port, "GET", "/api")
    used = gateway.origin.take()[-1].connection
    assert first.status == 502 and CANARY not in first.body
    gateway.origin.says()
    assert ask(gateway.port, "GET", "/api").status == 200
    assert gateway.origin.take()[-1].connection != used


def test_a_second_answer_is_never_given_to_the_next_caller(gateway: Gateway) -> None:
    gateway.origin.answer = lambda _: [reply(200, b'{"ok":true}') + reply(200, b'{"ok":false}')]
    assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'
    used = gateway.origin.take()[-1].connection
    gateway.origin.says(reply(200, b'{"ok":true}'))
    for _ in range(5):
        assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'
    assert used not in [each.connection for each in gateway.origin.take()]


def test_a_second_answer_that_comes_late_is_never_given_to_the_next_caller(gateway: Gateway) -> None:
    def late(_: Arrived) -> Iterator[bytes]:
        yield reply(200, b'{"ok":true}')
        time.sleep(0.2)
        yield reply(200, b'{"ok":false}')

    gateway.origin.answer = late
    assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'
    time.sleep(0.4)
    gateway.origin.says(reply(200, b'{"ok":true}'))
    assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'


@pytest.mark.parametrize("status", [204, 304])
def test_a_body_where_none_may_be_reaches_nobody(gateway: Gateway, status: int) -> None:
    gateway.origin.says(b"HTTP/1.1 %d X\r\nContent-Length: 22\r\n\r\n" % status + CANARY)
    first = send(
        gateway.port, b"GET /api HTTP/1.1\r\nHost: a\r\n\r\nGET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert CANARY not in first.received
    gateway.origin.says(reply(200, b'{"ok":true}'))
    assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'


def test_an_endless_answer_ends_here(gateway: Gateway) -> None:
    def endless(_: Arrived) -> Iterator[bytes]:
        yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
        for _ in range(2000):
            yield b"10000\r\n" + b" " * 65536 + b"\r\n"

    gateway.origin.answer = endless
    began = time.monotonic()
    assert ask(gateway.port, "GET", "/api").status == 502
    assert time.monotonic() - began < 10


def test_the_bytes_after_a_head_answer_reach_nobody(gateway: Gateway) -> None:
    gateway.origin.says(reply(200, b'{"ok":false}'))
    said = send(gateway.port, b"HEAD /api HTTP/1.1\r\nHost: a\r\n\r\n", head=True)
    assert said.statuses == [200] and b"ok" not in said.received
    gateway.origin.says(reply(200, b'{"ok":true}'))
    assert ask(gateway.port, "GET", "/api").body == b'{"ok":true}'
