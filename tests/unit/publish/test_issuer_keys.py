"""When issuers' keys are fetched: on a schedule, and never because a stranger asked more often."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from firstclass.publish.issuer_keys import ON_DEMAND_SECONDS, REFRESH_SECONDS, RETRY_SECONDS, FetchSchedule, fetch_keys


def test_a_new_issuer_is_due_at_once_and_then_on_schedule():
    schedule = FetchSchedule()
    assert schedule.due(["a"], 100.0) == ["a"]
    schedule.fetched("a", 100.0, succeeded=True)
    assert schedule.due(["a"], 100.0 + REFRESH_SECONDS - 1) == []
    assert schedule.due(["a"], 100.0 + REFRESH_SECONDS) == ["a"]


def test_a_failed_fetch_is_tried_again_soon():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=False)
    assert schedule.due(["a"], 100.0 + RETRY_SECONDS) == ["a"]


def test_ten_thousand_unknown_keys_cause_one_fetch_in_thirty_seconds():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=True)
    fetches = 0
    for step in range(10_000):
        now = 100.0 + step * 0.003
        schedule.wanted("a", now)
        if schedule.due(["a"], now):
            fetches += 1
            schedule.fetched("a", now, succeeded=True)
    assert fetches <= 1


def test_an_unknown_key_is_fetched_for_once_the_pause_is_over():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=True)
    schedule.wanted("a", 101.0)
    assert schedule.due(["a"], 101.0) == []
    assert schedule.due(["a"], 100.0 + ON_DEMAND_SECONDS) == ["a"]


GOOD = {"kty": "EC", "crv": "P-256", "kid": "good", "x": "f83OJ3D2", "y": "x_FEzRu9"}


def fetched(text: str) -> list:
    """What is made of one server's answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked = b""
                while not asked.endswith(b"\r\n\r\n"):
                    asked += connection.recv(65536)
                body = text.encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode() + body)

        threading.Thread(target=serve, daemon=True).start()
        return fetch_keys(f"http://127.0.0.1:{listener.getsockname()[1]}/")


def test_members_that_nobody_asked_for_are_left_behind():
    assert fetched(json.dumps({"keys": [GOOD | {"d": "private", "key_ops": ["verify"]}]})) == [
        GOOD | {"key_ops": ["verify"]}
    ]


@pytest.mark.parametrize(
    "member",
    [
        '"x": ' + "[" * 130 + "]" * 130,
        '"x": NaN',
        '"x": 1',
        '"x": {"a": "b"}',
        '"kid": "\\ud800"',
        '"kid": "two\\nlines"',
        '"n": "' + "A" * 4097 + '"',
        '"key_ops": [' + ",".join(['"verify"'] * 17) + "]",
    ],
    ids=["deep", "no number", "number", "object", "surrogate", "line", "long", "many"],
)
def test_a_key_that_is_none_stands_in_the_way_of_no_other(member):
    text = '{"keys": [{"kty": "EC", ' + member + "}, " + json.dumps(GOOD) + "]}"
    assert fetched(text) == [GOOD]
