"""A person at a terminal reads sentences."""

import json

import pytest

from firstclass.app.engine_log import in_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            {"event": "draining", "why": "SIGTERM"},
            "engine: draining (SIGTERM): no new calls are taken, those under way end",
        ),
        ({"event": "ended"}, "engine: ended"),
        (
            {"event": "stepped_back", "api": "a", "operation": "b", "problem": "too many"},
            "engine: stepped back (api a, operation b): too many",
        ),
        ({"event": "sessions", "problem": "full", "hint": "free some"}, "engine: sessions: full; hint: free some"),
    ],
)
def test_a_line_is_a_sentence(line: dict[str, str], words: str) -> None:
    assert in_words(json.dumps({"time": "2026-11-30T06:00:00.000Z", "level": "info", **line}) + "\n") == words


@pytest.mark.parametrize("line", ["thread panicked\n", "[1]\n", "{}\n"])
def test_what_is_no_line_of_its_log_stays(line: str) -> None:
    assert in_words(line) == f"engine: {line.strip()}"


def test_nothing_speaks_to_the_terminal() -> None:
    assert in_words('{"event": "accept", "problem": "a\\u001b[31m\\nb"}').isprintable()
