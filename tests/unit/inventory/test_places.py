"""Where an overlay sees a node."""

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.overlay import Overlay
from firstclass.compiler.reading import parse
from firstclass.inventory.places import Places, json_path

TEXT = b"info: {title: x}\npaths:\n  /a: {get: {parameters: [{name: a}, {name: b}]}}\n  /b: {get: {}}\n"


def tree(text=TEXT, file="api.yaml"):
    root = parse(file, text, Findings())
    assert root is not None
    return root


def test_a_node_of_the_contract_stands_where_it_is_written():
    root = tree()
    node = root.find("paths", "/a", "get", "parameters").sequence[1]
    assert Places(root).find(node) == [("paths", "/a", "get", "parameters", 1)]
    assert Places(root).find(root) == [()]


def test_what_an_overlay_wrote_stands_at_each_of_its_targets():
    findings = Findings()
    text = b"overlay: 1.0.0\nactions: [{target: '$.paths[*].get', update: {x: {y: 1}}}]\n"
    root = Overlay(tree(text, "o.yaml"), findings).apply(tree())
    node = root.find("paths", "/a", "get", "x")
    assert sorted(Places(root).find(node)) == [("paths", "/a", "get", "x"), ("paths", "/b", "get", "x")]


def test_a_node_that_has_moved_is_found_where_it_is_now():
    text = b"overlay: 1.0.0\nactions: [{target: \"$.paths['/a'].get.parameters[0]\", remove: true}]\n"
    before = tree()
    node = before.find("paths", "/a", "get", "parameters").sequence[1]
    root = Overlay(tree(text, "o.yaml"), Findings()).apply(before)
    assert Places(root).find(node) == [("paths", "/a", "get", "parameters", 0)]


def test_another_file_is_nowhere():
    assert Places(tree()).find(tree(b"{a: {b: 1}}", "other.yaml").find("a")) == []


def test_paths_are_quoted_where_they_must():
    assert json_path(()) == "$"
    assert json_path(("paths", "/a/{b}", "get", 3)) == "$.paths['/a/{b}'].get[3]"
    assert json_path(("it's", "back\\slash")) == "$['it\\'s']['back\\\\slash']"
    assert json_path(("200", "größe")) == "$['200']['größe']"
