"""Threat 7: a header without a name, after which some servers stop reading headers."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import send

LINES = [
    b": x",
    b" : x",
    b":",
    b"\t: x",
    b":: x",
    b"\x00: x",
    b"x",
    b"=",
    b"(x): 1",
    b"X[]: 1",
    b"X\xc3\xa9: 1",
    b"X\x7f: 1",
]


@pytest.mark.parametrize("line", LINES, ids=[repr(each)[2:-1] for each in LINES])
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_a_line_that_is_no_header_refuses_the_request(gateway: Gateway, line: bytes, first: bool) -> None:
    length = b"Content-Length: 2\r\n"
    lines = line + b"\r\n" + length if first else length + line + b"\r\n"
    said = send(
        gateway.port, b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + lines + b"\r\n{}"
    )
    assert said.statuses == [400] and said.closed
    assert gateway.origin.received == b""
