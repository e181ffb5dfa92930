"""Threat 1: CL/TE, TE.CL and obfuscated transfer codings. Refused with 400, the connection closed, nothing sent on."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import send

HIDDEN = b"GET /admin HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
CHUNKS = b"0\r\n\r\n" + HIDDEN
CODINGS = [
    b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding: \x00chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: identity, chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: chunkedx\r\n",
    b"Transfer-Encoding: chunked;q=1\r\n",
    b"Transfer-Encoding: \"chunked\"\r\n",
    b"Transfer-Encoding:\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer_Encoding: chunked\r\n",
    b"Transfer.Encoding: chunked\r\n",
    b" Transfer-Encoding: chunked\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n",
    b"X: y\rTransfer-Encoding: chunked\r\n",
]  # fmt: skip


@pytest.mark.parametrize("lines", CODINGS, ids=[repr(c)[2:40] for c in CODINGS])
@pytest.mark.parametrize("method", [b"POST /notes", b"GET /api"], ids=["post", "get"])
def test_an_ambiguous_body_is_refused_whole(gateway: Gateway, method: bytes, lines: bytes) -> None:
    head = method + b" HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\n" + lines + b"\r\n"
    said = send(gateway.port, head + CHUNKS)
    assert said.statuses == [400]
    assert said.closed
    assert gateway.origin.received == b""


def test_chunks_are_no_part_of_http_1_0(gateway: Gateway) -> None:
    said = send(gateway.port, b"POST /notes HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS)
    assert said.statuses == [400] and said.closed and gateway.origin.received == b""


def test_one_honest_coding_passes(gateway: Gateway) -> None:
    head = b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = send(gateway.port, head + b"2\r\n{}\r\n0\r\n\r\n")
    assert said.statuses == [200]
    assert [(r.target, r.body) for r in gateway.origin.take()] == [("/notes", b"{}")]
