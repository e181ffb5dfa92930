"""YAML 1.2 and JSON with positions."""

from decimal import Decimal

import pytest

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.reading import parse


def _read(text, file="a.yaml"):
    findings = Findings()
    node = parse(file, text if isinstance(text, bytes) else text.encode(), findings)
    return node, findings.of("error")


def test_no_and_on_are_strings_as_in_yaml_1_2():
    node, _ = _read("country: no\nswitch: on\nreally: true")
    assert node.plain() == {"country": "no", "switch": "on", "really": True}


def test_keys_are_text_whatever_they_look_like():
    node, _ = _read("200: a\ntrue: b\n1.0: c")
    assert list(node.plain()) == ["200", "true", "1.0"]


def test_numbers_keep_their_digits():
    node, _ = _read("- 0.1\n- 1e2\n- 9007199254740993\n- 0x1F\n- .5\n- 1.2.3")
    assert node.plain() == [Decimal("0.1"), Decimal("1e2"), 9007199254740993, 31, Decimal("0.5"), "1.2.3"]


def test_each_value_and_key_has_its_place():
    node, _ = _read("a:\n  b: [1,\n    {c: 2}]\n")
    inner = node.find("a", "b").sequence[1].find("c")
    assert (inner.line, inner.column, inner.key_column, inner.pointer) == (3, 9, 6, "/a/b/1/c")


def test_pointers_escape_slashes_and_tildes():
    node, _ = _read("/a~b:\n  x: 1")
    assert node.find("/a~b", "x").pointer == "/~1a~0b/x"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [1,\nb: 2", "syntax_error", 2),
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3),
        ("a: 1\n---\nb: 2", "syntax_error", 2),
        ("a: .inf", "not_json", 1),
        ("a: .nan", "not_json", 1),
        ("a: 1e999999999", "not_json", 1),
        ("a: !!binary aGk=", "not_json", 1),
        ("a: !thing x", "not_json", 1),
        ("? [a]\n: b", "not_json", 1),
        ("a: *nobody", "syntax_error", 1),
        ("a: &x [*x]", "syntax_error", 1),
        ("- " * 5000 + "x", "too_deep", 1),
        ("", "syntax_error", 1),
        (b"a: \xff", "not_utf8", 1),
        (b"a: 1\nb: \xff", "not_utf8", 2),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(text, code, line):
    node, errors = _read(text)
    assert node is None
    assert [(e.code, e.line) for e in errors] == [(code, line)]
    assert errors[0].hint


def test_aliases_are_followed_and_bounded():
    node, _ = _read("a: &x {k: 1}\nb: *x")
    assert node.plain()["b"] == {"k": 1}
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]\n"
    assert _read(bomb)[1][0].code == "too_large"


def test_json_may_have_tabs_and_surrogate_pairs():
    node, _ = _read('{\n\t"a": "\\ud83d\\ude00"}', "a.json")
    assert node.plain() == {"a": "\U0001f600"}


def test_a_json_file_is_held_to_json():
    assert _read("{a: 1}", "a.json")[1][0].code == "syntax_error"
    assert _read("{a: 1}", "a.yaml")[0].plain() == {"a": 1}
    assert _read('{"a":1,"a":2}', "a.json")[1][0].code == "duplicate_key"


def test_an_integer_of_ten_thousand_digits_is_refused_without_a_traceback():
    assert _read("a: " + "9" * 10_000)[1][0].code == "not_json"


def test_a_tab_is_told_as_one():
    findings = Findings()
    assert parse("a.yaml", b"a:\n  b: x\n\tc: y\n", findings) is None
    assert "line 3 begins with a tab; use spaces" in findings.of("error")[0].message
