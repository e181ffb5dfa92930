"""Targets followed in the tree select what the JSONPath library selects in the whole contract."""

import json

import jsonpath
import pytest

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.overlay import Overlay
from firstclass.compiler.overlay_targets import Bounds, find_near, select
from firstclass.compiler.reading import parse

CONTRACT = {
    "info": {"title": "x"},
    "paths": {
        "/a/{id}": {"get": {"parameters": [{"name": "p", "in": "query"}, {"name": "q", "in": "header"}], "tags": []}},
        "/b's": {"get": {"x": 1}},
    },
    "servers": [{"url": "/1"}, {"url": "/2"}],
    "0": {"a": 1},
}


def tree(value):
    root = parse("a.json", json.dumps(value).encode(), Findings())
    assert root is not None
    return root


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$.info",
        "$.info.title",
        "$['info']['title']",
        '$["info"]',
        "$.paths['/a/{id}'].get.parameters[1]",
        "$.paths['/a/{id}'].get.parameters[-1]",
        "$.paths['/a/{id}'].get.parameters[2]",
        "$.paths['/a/{id}'].get.parameters[?@.name=='p' && @['in']=='query']",
        "$.paths['/a/{id}'].get.parameters[?@.name==$.info.title]",
        "$.paths['/a/{id}']['get','put']",
        "$.paths['/b\\'s'].get",
        "$.paths[*].get",
        "$.paths..name",
        "$..url",
        "$.servers[0]",
        "$.servers[0, 1]",
        "$.servers[0:2].url",
        "$.servers.url",
        "$.info[0]",
        "$['0'].a",
        "$[0]",
        "$ .info",
        "$.nothing.at.all",
        "$.nothing[*]",
        "$.info.title.deeper",
    ],
)
def test_a_target_selects_what_the_library_selects(text):
    expected = [tuple(m.parts) for m in jsonpath.JSONPathEnvironment(strict=True).finditer(text, CONTRACT)]
    assert select(text, tree(CONTRACT), 100) == expected


@pytest.mark.parametrize("text", ["", "info", "$.", "$.info.", "$.nothing[?", "$.info['x", "$.servers[00]", "$.a b"])
def test_what_is_no_jsonpath_is_told(text):
    with pytest.raises((jsonpath.JSONPathError, ValueError, TypeError, IndexError, AttributeError)):
        select(text, tree(CONTRACT), 100)


def test_no_more_matches_are_taken_than_asked_for():
    assert len(select("$..*", tree(CONTRACT), 3)) == 3


def test_growth_is_counted_before_it_is_too_much():
    root, update = tree({"a": {}}), tree({"b": [1, 2, 3]})
    bounds = Bounds(20, 10)
    assert bounds.holds(root, None, [])
    assert bounds.holds(tree({"a": {"b": [1, 2, 3]}}), update, [("a",)])
    large = tree({"a": list(range(30))})
    assert not bounds.holds(large, update, [("a",)] * 10)


def test_depth_is_counted():
    deep = {"a": {"a": {"a": {"a": {"a": 1}}}}}
    assert not Bounds(100, 3).holds(tree(deep), None, [])
    assert Bounds(100, 6).holds(tree(deep), None, [])


def test_copies_of_copies_end_before_they_fill_the_memory():
    """Each action doubles the contract: parts are shared, so that it is small in memory and endless to walk."""
    findings = Findings()
    actions = [{"target": "$.a", "copy": "$"}] * 60
    overlay = tree({"overlay": "1.1.0", "actions": actions})
    Overlay(overlay, findings).apply(tree({"a": {"b": [1, 2, 3]}}))
    assert [error.code for error in findings.of("error")] == ["overlay_invalid"]
    assert "too large or too deep" in findings.of("error")[0].message


@pytest.mark.parametrize(
    ("target", "near"),
    [
        ("$.paths['/a/{userId}'].parameters[0]", "$.paths['/a/{id}'].get.parameters[0]"),
        ("$.paths['/a/{id}'].parameters[0]", "$.paths['/a/{id}'].get.parameters[0]"),
        ("$.paths['/b'].get.parameters[0]", "$.paths['/b'].parameters[0]"),
        ("$.components.schema.Buyer", "$.components.schemas.Buyer"),
        ("$.components.schemas.Buyers", "$.components.schemas.Buyer"),
        ("$.paths['/a/{id}'].get.parameters[7]", None),
        ("$.paths['/nothing/like/it']", None),
        ("$.paths[?@.nothing]", None),
        ("$", None),
    ],
)
def test_a_target_that_matches_nothing_leads_to_the_one_that_was_meant(target, near):
    contract = {
        "paths": {"/a/{id}": {"get": {"parameters": [{}]}}, "/b": {"parameters": [{}], "get": {}}},
        "components": {"schemas": {"Buyer": {}}},
    }
    assert find_near(target, tree(contract)) == near
