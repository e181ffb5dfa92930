"""Threat 24: JSON that gateway and origin could read in two ways; and JSON that only looks unusual."""

from __future__ import annotations

import pytest
from gateway import Gateway
from raw import ask

JSON = [("Content-Type", "application/json")]
REFUSED = {
    "a duplicate name": b'{"role":"user","role":"admin"}',
    "a duplicate name, escaped": b'{"role":"user","rol\\u0065":"admin"}',
    "a duplicate name, both escaped": b'{"\\u0072ole":"user","rol\\u0065":"admin"}',
    "a duplicate that is undeclared": b'{"a":1,"a":1}',
    "a name in another case": b'{"Role":"user"}',
    "a name with white space": b'{"role ":"user"}',
    "a name with a NUL": b'{"role\\u0000":"user"}',
    "NaN": b'{"ratio":NaN}',
    "Infinity": b'{"ratio":-Infinity}',
    "a number that overflows": b'{"ratio":1e400}',
    "a number that overflows, long": b'{"ratio":1' + b"0" * 400 + b"}",
    "a fraction where an integer is declared": b'{"count":1.5}',
    "a hexadecimal number": b'{"count":0x1}',
    "a plus sign": b'{"count":+1}',
    "a leading zero": b'{"count":01}',
    "a lone surrogate": b'{"text":"\\ud800"}',
    "a lone surrogate in a name": b'{"\\ud800":1}',
    "a byte order mark": b'\xef\xbb\xbf{"text":"x"}',
    "UTF-16": '{"text":"x"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"text":"x"}'.encode("utf-16-le"),
    "UTF-32": '{"text":"x"}'.encode("utf-32"),
    "invalid UTF-8": b'{"text":"\xff"}',
    "an overlong slash": b'{"text":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"text":"\xed\xa0\x80"}',
    "beyond Unicode": b'{"text":"\xf4\x90\x80\x80"}',
    "depth": b'{"tags":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth of objects": b'{"text":' * 20_000 + b"1" + b"}" * 20_000,
    "a comment": b'{"text":"x"/**/}',
    "a line comment": b'{"text":"x"}//',
    "two documents": b'{"text":"x"}{"role":"admin"}',
    "two documents on two lines": b'{"text":"x"}\n{"role":"admin"}',
    "a trailing comma": b'{"text":"x",}',
    "single quotes": b"{'text':'x'}",
    "a name without quotes": b'{text:"x"}',
    "a NUL at the end": b'{"text":"x"}\x00',
    "a NUL inside": b'{"text":"x\x00"}',
    "a line feed in a string": b'{"text":"x\n"}',
    "an unknown escape": b'{"text":"\\x41"}',
    "an escape cut short": b'{"text":"\\u00"}',
    "nothing": b"",
    "white space": b"  ",
    "a form feed": b'\x0c{"text":"x"}',
    "a no-break space": b'\xc2\xa0{"text":"x"}',
    "JSONP": b'callback({"text":"x"})',
    "a prototype": b'{"__proto__":{"role":"admin"}}',
}  # fmt: skip
ACCEPTED = {
    "an escaped name alone": b'{"rol\\u0065":"user"}',
    "an escaped value": b'{"role":"us\\u0065r"}',
    "white space": b' \r\n\t{ "text" :\t"x" }\n',
    "2^53 + 1": b'{"count":9007199254740993}',
    "an integer of many digits": b'{"count":-123456789012345678901234567890}',
    "an integer with a fraction of zero": b'{"count":1.0}',
    "a number with an exponent": b'{"ratio":-1.5E+2}',
    "a surrogate pair": b'{"text":"\\ud83d\\ude00"}',
    "a noncharacter": b'{"text":"\\uffff"}',
    "a NUL, escaped": b'{"text":"\\u0000"}',
    "a slash, escaped": b'{"text":"\\/"}',
    "DEL": b'{"text":"\x7f"}',
    "U+2028": '{"text":"\u2028"}'.encode(),
    "nothing in it": b"{}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=list(REFUSED))
def test_json_of_two_readings_is_refused(gateway: Gateway, body: bytes) -> None:
    answer = ask(gateway.port, "POST", "/notes", JSON, body)
    assert answer.status == 400
    assert gateway.origin.received == b""


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=list(ACCEPTED))
def test_unusual_json_is_forwarded_byte_for_byte(gateway: Gateway, body: bytes) -> None:
    assert ask(gateway.port, "POST", "/notes", JSON, body).status == 200
    assert [each.body for each in gateway.origin.take()] == [body]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_chunks_make_no_difference(gateway: Gateway, size: int) -> None:
    body = b'{"rol\\u0065":"user","text":"\xc3\xa9"}'
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    headers = [*JSON, ("Transfer-Encoding", "chunked")]
    assert ask(gateway.port, "POST", "/notes", headers, chunked).status == 200
    assert [each.body for each in gateway.origin.take()] == [body]
