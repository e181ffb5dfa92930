"""Threat 5: an answer before the body is read, and the body then taken for the next request."""

from __future__ import annotations

import pytest
from gateway import Gateway, started_gateway
from raw import ask, reply, send

HIDDEN = b"GET /api HTTP/1.1\r\nHost: a\r\nX-Hidden: 1\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"POST /admin HTTP/1.1\r\nHost: a\r\n" + JSON, 401),
        (b"POST /nowhere HTTP/1.1\r\nHost: a\r\n" + JSON, 404),
        (b"DELETE /api HTTP/1.1\r\nHost: a\r\n" + JSON, 405),
        (b"POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n", 415),
        (b"PUT /pictures HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n", 415),
    ],
)
@pytest.mark.parametrize("early", [True, False], ids=["head first", "all at once"])
def test_a_body_that_was_refused_is_never_a_request(gateway: Gateway, line: bytes, status: int, early: bool) -> None:
    head = line + b"Content-Length: %d\r\n\r\n" % len(HIDDEN)
    pieces = (head, HIDDEN) if early else (head + HIDDEN,)
    said = send(gateway.port, *pieces, pause=0.1 if early else 0)
    assert said.statuses == [status]
    assert gateway.origin.take() == []


def test_a_body_over_its_limit_is_never_a_request(gateway: Gateway) -> None:
    head = b"PUT /pictures HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 5000000\r\n\r\n"
    said = send(gateway.port, head, HIDDEN * 20, pause=0.1)
    assert said.statuses == [413] and said.closed
    assert gateway.origin.take() == []


def test_a_get_with_a_body_hides_nothing(gateway: Gateway) -> None:
    said = send(gateway.port, b"GET /api HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN)
    assert said.statuses == [400]
    assert gateway.origin.take() == []


@pytest.mark.parametrize(
    "expectation",
    [b"Expect: 100-continue", b" Expect: 100-continue", b"Expect: y 100-continue", b"Expect: 100-continuex",
     b"Expect:\r\n 100-continue", b"Expect: 100-continue\r\nExpect: x"],
)  # fmt: skip
def test_an_expectation_does_not_divide_the_connection(gateway: Gateway, expectation: bytes) -> None:
    body = b'{"text":"x"}'
    head = b"POST /notes HTTP/1.1\r\nHost: a\r\n" + JSON + expectation + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    said = send(gateway.port, head, body + HIDDEN, pause=0.2)
    arrived = gateway.origin.take()
    assert [each.target for each in arrived] in ([], ["/notes"], ["/notes", "/api"])
    assert all(each.body in (b"", body) for each in arrived)
    if said.statuses[0] >= 400:
        assert arrived == [] and said.closed
    assert not any(each.values("Expect") for each in arrived)


def test_a_client_that_leaves_in_its_body_leaves_nothing_behind(gateway: Gateway) -> None:
    head = b"PUT /pictures HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 3000000\r\n\r\n"
    send(gateway.port, head + b"x" * 100_000, silence=0.3, limit=1.0)
    gateway.origin.take()
    said = send(gateway.port, b"GET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert said.statuses == [200]
    assert [(each.method, each.target) for each in gateway.origin.take()] == [("GET", "/api")]


@pytest.mark.parametrize("status", [200, 401, 413])
@pytest.mark.parametrize("rest", [b"", b"x" * 1_999_000], ids=["half a body", "the body after the answer"])
def test_an_origin_that_answers_before_the_body_is_over_gives_nothing_away(status: int, rest: bytes) -> None:
    """Its connection has half a request in it: another caller's request would be the other half."""
    with started_gateway() as gateway:
        gateway.origin.early = reply(status, b'{"ok":true}')
        head = b"PUT /pictures HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 2000000\r\n\r\n"
        said = send(gateway.port, head + b"x" * 1000, rest + HIDDEN if rest else b"", pause=0.3, limit=3.0)
        # What the client sends after its body is a request of its own, or nobody's.
        assert said.statuses[:1] == [status] and said.statuses[1:] in ([], [200])
        first = dict(gateway.origin.told)
        gateway.origin.early = reply(200, b'{"ok":false}')
        assert ask(gateway.port, "GET", "/api").body == b'{"ok":false}'
        for text in gateway.origin.told.values():
            whole, _, body = text.partition(b"\r\n\r\n")
            if whole.startswith(b"PUT"):
                assert body == b"x" * len(body) and len(body) <= 2_000_000
            else:
                assert whole.startswith(b"GET /api ") and body == b""
        assert len(first) >= 1 and len(gateway.origin.told) > len(first)
