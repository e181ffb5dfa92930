"""Merging equal schemas, dropping unused ones."""

from firstclass.compiler.table_order import children, merge


def test_nodes_of_one_source_that_mean_the_same_become_one():
    one, two = object(), object()
    nodes = [{"items": 1}, {"types": ["string"]}, {"items": 3}, {"types": ["string"]}]
    order, renumbered = merge(nodes, [one, two, one, two], [0, 2])
    assert order == [0, 1] and renumbered == {0: 0, 1: 1, 2: 0, 3: 1}


def test_nodes_stay_apart_when_something_below_them_differs():
    one, two = object(), object()
    nodes = [{"items": 1}, {"types": ["string"]}, {"items": 3}, {"types": ["integer"]}]
    assert merge(nodes, [one, two, one, two], [0, 2])[0] == [0, 1, 2, 3]


def test_circles_are_merged_too():
    one, two = object(), object()
    nodes = [{"items": 1}, {"items": 0}, {"items": 3}, {"items": 2}]
    order, renumbered = merge(nodes, [one, two, one, two], [0, 2])
    assert order == [0, 1] and renumbered[3] == 1


def test_equal_nodes_of_different_sources_keep_their_places():
    nodes = [{"types": ["string"]}, {"types": ["string"]}]
    assert merge(nodes, [object(), object()], [0, 1])[0] == [0, 1]


def test_what_nothing_needs_is_dropped():
    order, renumbered = merge([{}, {"items": 2}, {"types": []}], [object(), object(), object()], [1])
    assert order == [1, 2] and renumbered == {1: 0, 2: 1}


def test_every_kind_of_child_is_seen():
    schema = {
        "items": 1, "all_of": [2, 3], "properties": [["a", 4]], "pattern_properties": [[9, 5]],
        "discriminator": {"property": "k", "mapping": [["w", 6]]}, "pattern": 9, "if": 7, "min_items": 8,
    }  # fmt: skip
    assert sorted(children(schema)) == [1, 2, 3, 4, 5, 6, 7]
