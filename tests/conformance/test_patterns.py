"""Patterns mean what ECMA-262 says: every generated pattern is tried on generated strings by our engine and by Node's.

With the flag `u` where the pattern can be read with it, as JSON Schema 2020-12 §6.4 recommends; otherwise without (old
spellings such as `\\-`), and then on the Basic Multilingual Plane only, since without `u` one character may be two. A
pattern may be refused by us, never by Node alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstclass.compiler.patterns import PatternError, matches, translate

SCRIPT = """
const lines = require('readline').createInterface({input: process.stdin});
lines.on('line', line => {
  const {pattern, texts} = JSON.parse(line);
  let out = {flag: null};
  for (const flag of ['u', '']) {
    try { const re = new RegExp(pattern, flag); out = {flag, found: texts.map(text => re.test(text))}; break; } catch {}
  }
  console.log(JSON.stringify(out));
});
"""
ALPHABET = "ab1_ -.\n\u2028\u00a0é😀A/"
Ask = Callable[[str, list[str]], dict[str, object]]

ATOMS = st.sampled_from(
    [
        *("a", "b", "1", "_", " ", "-", "é", "😀", ".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\.", r"\/", r"\n"),
        *("[ab]", "[^ab]", r"[\d_-]", r"[^\s]", r"[a-z]", r"[\w.]", r"[A-Z-]", r"[\D1]", r"[^\W]", "[😀é]", r"\u0061"),
        *(r"\x61", r"\cA", r"\t", r"\u{61}", r"\p{L}", r"\P{Lu}", r"[\p{L}\d]", r"\-", r"\_", "[]", "[^]", r"[\b]"),
    ]
)
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?", "??", "{", "{,2}", "}"])
PATTERNS = st.recursive(
    st.builds(lambda atom, times: atom + times, ATOMS, QUANTIFIERS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.builds(
            lambda opening, body, times: f"{opening}{body}){times}",
            st.sampled_from(["(", "(?:", "(?<n>", "(?=", "(?!"]),
            inner,
            st.sampled_from(["", "", "*", "+", "?", "{2}"]),
        ),
    ),
    max_leaves=6,
)
AHEAD = st.builds(lambda sign, body: f"(?{sign}{body})", st.sampled_from("=!"), PATTERNS)
WHOLE = st.builds(
    lambda start, ahead, body, end: start + "".join(ahead) + body + end,
    st.sampled_from(["", "^", r"\b"]),
    st.one_of(st.just([]), st.lists(AHEAD, max_size=2)),
    PATTERNS,
    st.sampled_from(["", "$", r"\b"]),
)


@pytest.fixture(scope="module")
def node() -> Iterator[Ask]:
    """Ask Node; one process for all questions."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("there is no Node.js here")
    with subprocess.Popen([program, "-e", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def ask(pattern: str, texts: list[str]) -> dict[str, object]:
            asked.write(json.dumps({"pattern": pattern, "texts": texts}) + "\n")
            asked.flush()
            return json.loads(answers.readline())

        yield ask
        asked.close()


def _agree(node: Ask, pattern: str, texts: list[str]) -> None:
    answer = node(pattern, texts)
    try:
        translated = translate(pattern)
    except PatternError:
        return
    assert answer["flag"] is not None, f"{pattern!r} is no pattern, and we hold it"
    if answer["flag"] == "" and not pattern.isascii() and any(ord(c) > 0xFFFF for c in pattern):
        return
    for text, theirs in zip(texts, answer["found"], strict=True):  # type: ignore[call-overload]
        if answer["flag"] == "u" or all(ord(c) <= 0xFFFF for c in text):
            assert matches(translated, text) == theirs, (pattern, text, theirs)


@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pattern=WHOLE, texts=st.lists(st.text(ALPHABET, max_size=5), min_size=5, max_size=10))
def test_our_engine_finds_what_node_finds(node: Ask, pattern: str, texts: list[str]) -> None:
    _agree(node, pattern, [*texts, "", "a", "ab", "a\n"])


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$",  # Pydantic's decimals
        r"^(?=.*\d)(?=.*[a-z])(?!.*\s).{3,8}$",
        r"^(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$",
        r"^\w+@\w+\.\w+$",
        r"^[\w.-]+$",
        r"^\S+$",
        r"a$",
        r"^(?!a|b)",
    ],
)
def test_patterns_of_real_contracts(node: Ask, pattern: str) -> None:
    texts = [
        "",
        ".",
        "-",
        "1.5",
        "+1",
        "-.",
        "abc1",
        "ABC",
        "a b1",
        "a-b",
        "-a",
        "a\n",
        "é",
        "a@b.c",
        "1",
        "x" * 9,
        "0.0",
    ]
    _agree(node, pattern, texts)
    if "(?<!" not in pattern:
        translate(pattern)  # it is one that we hold
