"""Threat 26: patterns, unique items, recursion and choices that cost more than they look. Counted are seconds of a
processor that the engine takes: a few hundredths where the work is linear, several whole ones where it is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from gateway import Gateway
from raw import ask

JSON = [("Content-Type", "application/json")]
BUDGET = 0.4


def spent(gateway: Gateway) -> float:
    """Seconds of a processor that the engine has taken so far: who else is at work here does not count."""
    fields = Path(f"/proc/{gateway.engine.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds(gateway: Gateway, target: str, body: bytes, *statuses: int) -> float:
    before = spent(gateway)
    answer = ask(gateway.port, "POST", target, JSON, body)
    assert answer.status in statuses, answer
    return spent(gateway) - before


def test_nested_quantifiers_are_linear_in_a_query(gateway: Gateway) -> None:
    assert seconds(gateway, "/search?q=" + "a" * 30 + "%21", b"{}", 400) < BUDGET
    assert seconds(gateway, "/search?q=" + "a" * 900 + "%21", b"{}", 400) < BUDGET
    assert gateway.origin.take() == []
    assert seconds(gateway, "/search?q=" + "a" * 900, b"{}", 200) < BUDGET


def test_nested_quantifiers_are_linear_in_a_body(gateway: Gateway) -> None:
    assert seconds(gateway, "/search", json.dumps({"word": "a" * 99_000 + "!"}).encode(), 400) < BUDGET
    assert gateway.origin.take() == []
    assert seconds(gateway, "/search", json.dumps({"word": "a" * 99_000}).encode(), 200) < BUDGET


@pytest.mark.parametrize("last", [-1, 5], ids=["all different", "one twice"])
def test_a_hundred_thousand_unique_items_are_not_compared_pair_by_pair(gateway: Gateway, last: int) -> None:
    body = json.dumps({"unique": [*range(100_000), last]}, separators=(",", ":")).encode()
    assert seconds(gateway, "/search", body, 200 if last < 0 else 400) < BUDGET


def test_unique_objects_are_not_compared_pair_by_pair(gateway: Gateway) -> None:
    items = [{"a": i, "b": 0} for i in range(30_000)]
    body = json.dumps({"objects": [*items, {"b": 0, "a": 3.0}]}, separators=(",", ":")).encode()
    assert seconds(gateway, "/search", body, 400) < BUDGET


def test_recursion_ends(gateway: Gateway) -> None:
    for depth in (20, 1000, 100_000):
        body = b'{"tree":' + b'{"below":[' * depth + b"{}" + b"]}" * depth + b"}"
        assert seconds(gateway, "/search", body, *((200,) if depth == 20 else (400, 413))) < BUDGET


def test_a_choice_among_a_thousand_is_decided(gateway: Gateway) -> None:
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x999yzyz"}}', 200) < BUDGET
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x998"}}', 400) < BUDGET
    assert seconds(gateway, "/search", b'{"choice":{"p999":"x999' + b"yz" * 50_000 + b'!"}}', 400) < BUDGET


def test_many_undeclared_names_are_not_compared_pair_by_pair(gateway: Gateway) -> None:
    body = b"{" + b",".join(b'"n%d":1' % i for i in range(60_000)) + b"}"
    assert seconds(gateway, "/notes", body, 400) < BUDGET
    assert gateway.origin.take() == []


def test_many_undeclared_names_in_an_answer_are_not_either(gateway: Gateway) -> None:
    body = b"{" + b",".join(b'"n%d":1' % i for i in range(60_000)) + b"}"
    gateway.origin.says(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    before = spent(gateway)
    assert ask(gateway.port, "GET", "/api").body == b"{}"
    assert spent(gateway) - before < BUDGET


def test_many_parameters_are_refused_quickly(gateway: Gateway) -> None:
    query = "&".join(f"p{i}=1" for i in range(1000))
    assert seconds(gateway, f"/search?{query}", b"{}", 400, 431) < BUDGET
