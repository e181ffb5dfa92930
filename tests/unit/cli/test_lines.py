"""Lines of a terminal."""

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from firstclass.cli.lines import blocks, fitted

COMMAND = (
    "firstclass subscriptions create my-app --api greeting-cards --operations 'listCards,getCard' --config 'a b.yaml'"
)


def test_what_fits_or_goes_to_a_program_is_as_it_is():
    assert fitted(COMMAND, None) == [COMMAND] and fitted(COMMAND, 200) == [COMMAND]
    assert fitted("", 80) == [""]


def test_prose_is_wrapped_below_itself():
    assert fitted("  why: " + "calls " * 8, 30) == snapshot(
        ["  why: calls calls calls calls", "    calls calls calls calls"]
    )
    assert fitted("x" * 90, 80) == ["x" * 90], "a word is never broken"


def pasted(lines: list[str]) -> list[str]:
    """The words that a shell reads."""
    return shlex.split("\n".join(lines).replace("\\\n", ""))


def test_a_command_can_still_be_pasted():
    lines = fitted(f"  {COMMAND}", 80)
    assert lines == snapshot(
        [
            "  firstclass subscriptions create my-app --api greeting-cards \\",
            "    --operations 'listCards,getCard' --config 'a b.yaml'",
        ]
    )
    assert pasted(lines) == shlex.split(COMMAND)
    key = 'next: curl -H "X-API-Key: $KEY" http://127.0.0.1:8080/a/long/path/of/an/api/with/many/segments/in/it'
    assert fitted(key, 80)[0] == 'next: curl -H "X-API-Key: $KEY" \\'
    assert pasted(fitted(key, 80)) == shlex.split(key)


WORDS = st.lists(st.text(st.sampled_from("ab #'\"\\$`-=(){};&|<>*~!ü"), max_size=12), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(words=WORDS, width=st.integers(20, 60))
def test_a_wrapped_command_has_the_words_of_the_unwrapped(words, width):
    typed = [word for word in words if not word.startswith("-")] or ["a"]
    command = "firstclass " + " ".join(shlex.quote(word) for word in typed)
    lines = fitted(f"{command}  # it's a \"comment", width)
    script = 'firstclass() { printf "%s\\n" "$@"; }\n' + "\n".join(lines)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split("\n")[:-1] == typed


@pytest.mark.parametrize("word", ["'a  # b c d'", '"a  # b c d"', "'a   b   c   d'", '"it\\"s  # a b"'])
def test_quotes_hold_a_word_together(word):
    lines = fitted(f"firstclass explain --config {word} --json and more words", 24)
    assert pasted(lines) == shlex.split(f"firstclass explain --config {word} --json and more words")
    assert any(word in line for line in lines)


@pytest.mark.parametrize("rest", ["'open and never closed", 'what "$(echo "a   b")" is', "back\\"])
def test_where_quotes_do_not_say_where_words_end_a_command_is_not_broken(rest):
    command = f"next: firstclass explain {rest}"
    assert fitted(command, 20) == [command]


def test_the_comment_of_a_command_stands_below_it():
    line = "firstclass import csv keys.csv --api greeting-cards    # application,owner,key,operations: old keys go on"
    assert fitted(line, 80) == snapshot(
        [
            "firstclass import csv keys.csv --api greeting-cards",
            "  # application,owner,key,operations: old keys go on",
        ]
    )


def test_a_row_is_a_block():
    heads = ["id", "name", "owner", "state", "created at"]
    rows = [["app_1", "desk", "desk@example.com", "enabled", "2031-01-01"], ["app_2", "kiosk", "", "", "2031-01-02"]]
    assert blocks(heads, rows, 40) == snapshot(
        [
            "app_1  desk",
            "  owner desk@example.com  state enabled",
            "  created at 2031-01-01",
            "app_2  kiosk",
            "  created at 2031-01-02",
        ]
    )
