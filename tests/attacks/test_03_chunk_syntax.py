"""Threat 3: the syntax of chunks, and trailers that would be headers elsewhere."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import send

HEAD = b"POST /pictures HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = HEAD.replace(b"POST", b"PUT")
BROKEN = [
    b"5;a\nXhello\r\n0\r\n\r\n",
    b"5;a\rXhello\r\n0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n",
    b"5\r\nhello\n0\r\n\r\n",
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5_0\r\nhello\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n",
    b"\r\nhello\r\n0\r\n\r\n",
    b"g\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
    b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\r\n0\n\r\n",
    b"5\r\nhello\r\n0\r\n\n",
    b"5\r\nhello\r\n0\r\nX: 1\n\r\n",
    b"5\r\nhello\r\n0\r\nX : 1\r\n\r\n",
    b"5\r\nhello\r\n0\r\n: 1\r\n\r\n",
]
HIDDEN = b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("chunks", BROKEN, ids=[repr(c)[2:30] for c in BROKEN])
def test_a_broken_chunk_ends_the_connection_and_never_makes_a_request(gateway: Gateway, chunks: bytes) -> None:
    said = send(gateway.port, HEAD + chunks + HIDDEN)
    assert said.statuses in ([400], [])
    assert said.closed
    assert gateway.origin.take() == []


def test_a_body_that_never_ends_is_no_request(gateway: Gateway) -> None:
    said = send(gateway.port, HEAD + b"5\r\nhello\r\n0\r\n", silence=0.5, limit=1.5)
    assert said.answers == []
    assert gateway.origin.take() == []


@pytest.mark.parametrize(
    "trailer",
    [
        b"Host: evil",
        b"Authorization: Bearer x",
        b"Content-Length: 40",
        b"X-API-Key: x",
        b"Firstclass-Subject: 1",
        b"X: 1",
    ],
)
def test_a_trailer_is_dropped_or_refused(gateway: Gateway, trailer: bytes) -> None:
    said = send(gateway.port, HEAD + b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n")
    assert said.statuses in ([200], [400])
    name, value = trailer.split(b": ")
    for arrived in gateway.origin.take():
        assert arrived.body == b"hello"
        assert value.decode() not in arrived.values(name.decode())
