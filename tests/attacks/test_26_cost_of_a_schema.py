"""Threat 26: patterns, unique items, recursion and choices that cost more than they look. Bounds are generous: what is
quadratic or worse misses them by orders of magnitude."""

from __future__ import annotations

import json
import time

import pytest
from gateway import Gateway
from raw import ask

JSON = [("Content-Type", "application/json")]


def seconds(gateway: Gateway, target: str, body: bytes, *statuses: int) -> float:
    began = time.monotonic()
    answer = ask(gateway.port, "POST", target, JSON, body)
    assert answer.status in statuses, answer
    return time.monotonic() - began


def test_nested_quantifiers_are_linear_in_a_query(gateway: Gateway) -> None:
    assert seconds(gateway, "/search?q=" + "a" * 30 + "%21", b"{}", 400) < 5
    assert seconds(gateway, "/search?q=" + "a" * 900 + "%21", b"{}", 400) < 5
    assert gateway.origin.take() == []
    assert seconds(gateway, "/search?q=" + "a" * 900, b"{}", 200) < 5


def test_nested_quantifiers_are_linear_in_a_body(gateway: Gateway) -> None:
    assert seconds(gateway, "/search", json.dumps({"word": "a" * 99_000 + "!"}).encode(), 400) < 5
    assert gateway.origin.take() == []
    assert seconds(gateway, "/search", json.dumps({"word": "a" * 99_000}).encode(), 200) < 5


@pytest.mark.parametrize("last", [-1, 5], ids=["all different", "one twice"])
def test_a_hundred_thousand_unique_items_are_not_compared_pair_by_pair(gateway: Gateway, last: int) -> None:
    body = json.dumps({"unique": [*range(100_000), last]}, separators=(",", ":")).encode()
    assert seconds(gateway, "/search", body, 200 if last < 0 else 400) < 10


def test_unique_objects_are_not_compared_pair_by_pair(gateway: Gateway) -> None:
    items = [{"a": i, "b": 0} for i in range(30_000)]
    body = json.dumps({"objects": [*items, {"b": 0, "a": 3.0}]}, separators=(",", ":")).encode()
    assert seconds(gateway, "/search", body, 400) < 10


def test_recursion_ends(gateway: Gateway) -> None:
    for depth in (20, 1000, 100_000):
        body = b'{"tree":' + b'{"below":[' * depth + b"{}" + b"]}" * depth + b"}"
        assert seconds(gateway, "/search", body, *((200,) if depth == 20 else (400, 413))) < 5


def test_a_choice_among_a_thousand_is_decided(gateway: Gateway) -> None:
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x999yzyz"}}', 200) < 5
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x998"}}', 400) < 5
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x999' + b"yz" * 50_000 + b'!"}}', 400) < 3.0


def test_many_undeclared_names_are_not_compared_pair_by_pair(gateway: Gateway) -> None:
    body = b"{" + b",".join(b'"n%d":1' % i for i in range(60_000)) + b"}"
    assert seconds(gateway, "/notes", body, 400) < 10
    assert gateway.origin.take() == []


def test_many_undeclared_names_in_an_answer_are_not_either(gateway: Gateway) -> None:
    body = b"{" + b",".join(b'"n%d":1' % i for i in range(60_000)) + b"}"
    gateway.origin.says(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    began = time.monotonic()
    assert ask(gateway.port, "GET", "/api").body == b"{}"
    assert time.monotonic() - began < 10


def test_many_parameters_are_refused_quickly(gateway: Gateway) -> None:
    query = "&".join(f"p{i}=1" for i in range(1000))
    began = time.monotonic()
    assert ask(gateway.port, "POST", f"/search?{query}", JSON, b"{}").status in (400, 431)
    assert time.monotonic() - began < 5
