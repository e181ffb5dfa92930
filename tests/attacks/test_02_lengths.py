"""Threat 2: a Content-Length that two servers could read in two ways."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import send

LENGTHS = [
    b"", b" ", b"+6", b"-0", b"-6", b"6,6", b"6, 6", b"0x6", b"6\t5", b"6 5", b"6;", b"6.0", b"6e0", b"\x0b6", b"6\x00",
    b"0_6", b"99999999999999999999", b"18446744073709551622", b"\xd9\xa6", b"6\r\nContent-Length: 7",
    b"6\r\nContent-Length: 6",
    b"6\r\ncontent-length: 60", b"six",
]  # fmt: skip


@pytest.mark.parametrize("length", LENGTHS, ids=[repr(each)[2:-1] or "empty" for each in LENGTHS])
def test_a_length_of_two_readings_is_refused(gateway: Gateway, length: bytes) -> None:
    head = (
        b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " + length + b"\r\n\r\n"
    )
    said = send(gateway.port, head + b'{"a":1}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n')
    assert said.statuses == [400]
    assert said.closed
    assert gateway.origin.received == b""


@pytest.mark.parametrize("name", [b"Content_Length", b"Content.Length", b"Content-Length ", b" Content-Length"])
def test_a_look_alike_of_the_length_is_refused(gateway: Gateway, name: bytes) -> None:
    said = send(
        gateway.port, b"GET /api HTTP/1.1\r\nHost: a\r\n" + name + b": 30\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    assert said.statuses == [400] and said.closed and gateway.origin.received == b""
