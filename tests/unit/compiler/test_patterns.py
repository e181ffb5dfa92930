"""ECMA-262 patterns with ECMA's meaning in a linear-time engine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstclass.compiler.patterns import PatternError, find_literal, matches, translate


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^\d+$", ["0", "42"], ["", "٣", "4a", "4\n"]),
        (r"^\w+$", ["a_1"], ["é", "a-b"]),
        (r"^\s$", [" ", "\u00a0", "\ufeff", "\u2028", "\t"], ["\u0085", "\u180e", "x"]),
        (r"^\S$", ["\u0085", "x", "\U0001f600"], ["\u00a0"]),
        (r"^.$", ["a", "\u0085", "\U0001f600"], ["\n", "\r", "\u2028", "\u2029", "ab"]),
        (r"a$", ["a"], ["a\n"]),
        (r"\bcat\b", ["a cat.", "écaté"], ["concat"]),
        (r"^[^]$", ["\n", "x"], [""]),
        (r"^[]$", [], ["", "x", "[]"]),
        (r"^[\w.-]+$", ["a.b-c"], ["a b"]),
        (r"^[a-]$", ["a", "-"], ["b"]),
        (r"^[\d-x]$", ["5", "-", "x"], ["y"]),
        (r"^\u00e9\x41\cJ\0$", ["\u00e9A\n\0"], ["e"]),
        (r"^\u{1F600}$", ["\U0001f600"], ["\u1f60"]),
        (r"^\ud83d\ude00$", ["\U0001f600"], ["\ud7ff"]),
        (r"^[\ud83d\ude00-\ud83d\ude02]$", ["\U0001f601"], ["x"]),
        (r"^\p{Lu}$", ["A", "É"], ["a"]),
        (r"^[\p{L}\d_]+$", ["Éa_9"], ["-"]),
        (r"^a\/b\-c\@d$", ["a/b-c@d"], []),
        (r"^a{,2}$", ["a{,2}"], ["aa"]),
        (r"^{x}$", ["{x}"], []),
        (r"^(?:a|b)+?$", ["ab"], ["c"]),
        (r"^(?<year>[0-9]{4})$", ["2026"], ["26"]),
        (r"^[&&~~]+$", ["&", "~"], ["a"]),
        (r"^[[:alpha:]]$", ["a]", ":]"], ["b", "x"]),
        (r"^#\ $", ["# "], ["#"]),
        (r"^(?=.*[A-Z])(?=.*\d)(?!.*\s).{8,}$", ["Passw0rdd"], ["password", "Passw0r d", "P0"]),
        ("", ["", "x"], []),
    ],
)
def test_a_translated_pattern_means_what_ecma_says(pattern, good, bad):
    translated = translate(pattern)
    assert [text for text in good if not matches(translated, text)] == []
    assert [
        text for text in bad if not any("\ud800" <= c <= "\udfff" for c in text) and matches(translated, text)
    ] == []


@pytest.mark.parametrize(
    ("pattern", "mention"),
    [
        (r"^([a-z])\1$", "back-reference"),
        (r"(?<a>x)\k<a>", "back-reference"),
        (r"a(?=b)", "look-ahead"),
        (r"(?=a)b", "look-ahead"),
        (r"(?<=a)b", "look-behind"),
        (r"(?<!a)b", "look-behind"),
        (r"^(?=a)b|c", "alternatives"),
        (r"^(?=a)*b", "repeated"),
        (r"a**", "repeated"),
        (r"a++", "repeated"),
        (r"*a", "repeat"),
        (r"^*", "repeated"),
        (r"(a", "closed"),
        (r"a)", "partner"),
        (r"[a", "closed"),
        (r"[b-a]", "order"),
        (r"a{2,1}", "order"),
        (r"\a", "meaning"),
        (r"\B", "ECMA"),
        ("\\", "backslash"),
        (r"\u{110000}", "character"),
        (r"\x1", "hexadecimal"),
        (r"(?x:a)", "group"),
        (r"(a{1000}){1000}", "size"),
        (r"\p{Nonsense}", "property"),
        ("x" * 20_000, "longer"),
        ("(" * 5_000 + ")" * 5_000, "nested"),
    ],
)
def test_what_no_linear_engine_can_hold_is_refused_by_name(pattern, mention):
    with pytest.raises(PatternError, match=mention):
        translate(pattern)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab\\()[]{}^$.*+?|-,0123dwsWSDbBukpx<>=!:é\n\U0001f600", max_size=25))
def test_any_text_is_translated_or_refused(pattern):
    try:
        matches(translate(pattern), "a1 \n")
    except PatternError:
        pass


@pytest.mark.parametrize(
    ("source", "body", "flags", "is_hopeless"),
    [
        ("/^abc$/i", "^abc$", "i", True),
        ("/^abc$/", "^abc$", "", True),
        (r"/^\/v1\/[a/]+$/", "^/v1/[a/]+$", "", True),
        ("/^a|b/", "^a|b", "", False),
        ("/[a-z]+/", "[a-z]+", "", False),
        ("/abc/gi", "abc", "gi", False),
    ],
)
def test_a_pattern_between_slashes_is_known(source, body, flags, is_hopeless):
    found = find_literal(source)
    assert (found.body, found.flags, found.is_hopeless) == (body, flags, is_hopeless)
    assert not is_hopeless or not matches(translate(source), "abc/abc/i")


@pytest.mark.parametrize("source", ["^/v1/$", "/users/", "/users/[a-z]+/", "//", "/", "/api/v1/x", "^abc$", "/a/x"])
def test_slashes_that_may_be_meant_are_left_alone(source):
    assert find_literal(source) is None
