"""Harms as people and programs get them."""

import pytest

from firstclass._native import load_yaml
from firstclass.inventory.harms import CODES, Action, harm


def test_every_code_has_a_weight_and_words():
    for name, code in CODES.items():
        assert name.isascii() and code.weight in ("grave", "serious", "slight")
        assert code.says and code.why and not code.why.endswith(".")


def test_a_fix_is_a_list_of_actions(audit_of):
    found = audit_of({"/users/{userId}": {"get": {"security": []}}})
    for each in found.audit.harms:
        kind, _, _, actions = load_yaml(each.fix)
        assert kind == "list" and len(actions) == len(each.actions)


def test_an_action_is_short_and_whole():
    action = Action("$.a", {"x-data-classification": {"category": "contact", "sensitivity": "confidential"}})
    assert action.text("why: so") == (
        '- target: $.a\n  description: "why: so"\n  update:\n'
        "    x-data-classification: {category: contact, sensitivity: confidential}\n"
    )
    assert Action("$.a", remove=True).text() == "- target: $.a\n  remove: true\n"


def test_an_unknown_code_cannot_be_told(audit_of):
    found = audit_of({"/a": {"get": {}}})
    with pytest.raises(KeyError):
        _ = harm("nonsense", found.facts.root, "x").why


def test_advice_is_a_comment(audit_of):
    found = harm("plain_http", audit_of({"/a": {"get": {}}}).facts.root, "x", advice="one\ntwo")
    assert found.fix == "# one\n# two\n"
    assert set(found.as_json()) == {"code", "message", "file", "line", "column", "pointer", "why", "fix"}
