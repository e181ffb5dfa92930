"""Values as YAML that reads back as what it was."""

from decimal import Decimal

import pytest

from firstclass._native import load_yaml
from firstclass.inventory.flow import flow, member, quoted

VALUES = [
    {"a": 1, "b": [True, None, "x"]},
    "yes",
    "null",
    "1.0",
    "60 per minute by application",
    "last-4",
    "a: b",
    "- a",
    "#a",
    "'",
    '"',
    "",
    " a",
    "{userId}",
    "@x",
    "ü, é",
    "new\nline",
    "r\x0bole",
    "a\x85b\u2028c\u2029d",
    "\x7f\x9b2J \u202eabc \ufeff",
    "\U000e0001",
    "😀 北京",
    "$.paths['/a'].get",
    {"security": [{"apiKey": [], "session": []}]},
    {"x" * 40: {"y" * 40: {"z": ["w" * 40, 2]}}},
]


def plain(node):
    kind, _, _, value = node
    if kind == "map":
        return {key: plain(child) for key, _, _, child in value}
    return [plain(child) for child in value] if kind == "list" else value


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_read_back(value):
    assert plain(load_yaml(f"{{v: {flow(value)}}}"))["v"] == value
    assert plain(load_yaml("\n".join(member("v", value, 0, 40))))["v"] == value


@pytest.mark.parametrize("text", [v for v in VALUES if isinstance(v, str)], ids=repr)
def test_texts_that_stand_alone_read_back(text):
    assert plain(load_yaml(f"v: {quoted(text)}"))["v"] == text


@pytest.mark.parametrize("text", [v for v in VALUES if isinstance(v, str)], ids=repr)
def test_they_are_one_line_that_says_nothing_to_a_terminal(text):
    assert flow(text).isprintable() and quoted(text).isprintable()
    assert flow({text: [text]}).isprintable()


def test_long_members_are_opened():
    lines = member("update", {"x-data-classification": {"category": "contact", "masking": {"strategy": "full"}}}, 0, 60)
    assert len(lines) > 1 and all(len(line) <= 60 for line in lines)
    assert flow(Decimal("1.50")) == "1.50"
