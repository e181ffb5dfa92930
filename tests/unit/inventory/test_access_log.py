"""Lines of access logs: each says for itself what it is."""

import io
import json

import pytest

from firstclass.inventory.access_log import MAX_LINE_BYTES, LoggedCall, lines_of, read_call

TIME = "[10/Oct/2026:13:55:36 +0000]"
QUOTE = LoggedCall("GET", "/quotes?amount=5", 200)


@pytest.mark.parametrize(
    "line",
    [
        f'192.0.2.7 - - {TIME} "GET /quotes?amount=5 HTTP/1.1" 200 23 "-" "curl/8"\n',
        f'192.0.2.7 - ana {TIME} "GET /quotes?amount=5 HTTP/1.0" 200 -',
        f'api.example:443 192.0.2.7 - ana b {TIME} "GET /quotes?amount=5 HTTP/2.0" 200 23',
        f'192.0.2.7 - - {TIME} "GET https://api.example/quotes?amount=5 HTTP/1.1" 200 23',
        json.dumps({"request": "GET /quotes?amount=5 HTTP/1.1", "status": "200"}),
        json.dumps({"request_method": "GET", "request_uri": "/quotes?amount=5", "status": 200}),
        json.dumps({"method": "get", "uri": "/quotes", "args": "amount=5", "status": 200}),
        json.dumps({"request_method": "GET", "uri": "/quotes", "query_string": "amount=5", "status_code": "200"}),
        # Kong's and APISIX's loggers
        json.dumps(
            {
                "request": {"method": "GET", "uri": "/quotes?amount=5", "url": "http://x:8000/quotes?amount=5"},
                "response": {"status": 200, "size": 1},
                "client_ip": "192.0.2.7",
            }
        ),
        json.dumps({"request": {"method": "GET", "url": "http://x:8000/quotes?amount=5"}, "response": {"status": 200}}),
        "Oct 10 13:55:36 host kong: " + json.dumps({"method": "GET", "path": "/quotes?amount=5", "status": 200}),
        json.dumps({"httpRequest": {"requestMethod": "GET", "requestUrl": "http://x/quotes?amount=5", "status": 200}}),
    ],
)
def test_every_format_says_the_same(line):
    assert read_call(line) == QUOTE


def test_what_a_server_escaped_is_read_as_it_was():
    line = rf'192.0.2.7 - - {TIME} "GET /a\x22b\\c\"d HTTP/1.1" 404 0 "-" "agent \"x\" 500 "'
    assert read_call(line) == LoggedCall("GET", '/a"b\\c"d', 404)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "rubbish",
        f'192.0.2.7 - - {TIME} "-" 400 0 "-" "-"',
        rf'192.0.2.7 - - {TIME} "\x16\x03\x01" 400 150 "-" "-"',
        f'192.0.2.7 - - {TIME} "GET / HTTP/1.1" 999 0',
        f'192.0.2.7 - - {TIME} "GET /" 200 0',
        "{",
        "[1]",
        "{}",
        json.dumps({"request_method": "GET", "status": 200}),
        json.dumps({"request": {"method": "GET"}, "response": {"status": 200}}),
        json.dumps({"method": "GET", "uri": "/", "status": "nine"}),
        '{"method": "GET", "uri": "/", "status": Infinity}',
        '{"method": "GET", "uri": "/", "status": 1e999}',
        '{"method": "GET", "uri": "/", "status": NaN}',
        r'{"method": "GET", "uri": "/\ud800", "status": 200}',
        r'{"method": "GET", "uri": "/", "args": "a=\udfff", "status": 200}',
        r'{"request": "GET /\ud800 HTTP/1.1", "status": 200}',
        "{" * 5000,
    ],
)
def test_what_is_no_call_is_none(line):
    assert read_call(line) is None


def test_a_line_without_an_end_takes_no_more_memory_than_a_line():
    log = io.BytesIO(b"x" * (3 * MAX_LINE_BYTES) + b"\nnext\n" + b"y" * MAX_LINE_BYTES)
    assert list(lines_of(log)) == ["", "next\n", ""]
