"""Path templates and their ambiguities."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstclass.compiler.paths import HOLE, covers, overlap


def _paths(make, *templates):
    paths = {}
    for position, template in enumerate(templates):
        names = re.findall(r"\{([^{}]+)\}", template)
        parameters = [
            {"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in dict.fromkeys(names)
        ]
        operation = {
            "operationId": f"o{position}",
            "security": [],
            "parameters": parameters,
            "responses": {"204": {"description": ""}},
        }
        paths[template] = {"get": operation}
    return make.base(paths=paths)


def test_segments_are_split_into_literals_and_parameters(sound, make):
    document = sound(_paths(make, "/", "/a/{id}.json", "/b/", "/v{n}-{m}/%7Ex"))
    assert [path["segments"] for path in document["paths"]] == [
        [[]],
        [[{"literal": "a"}], [{"parameter": "id"}, {"literal": ".json"}]],
        [[{"literal": "b"}], []],
        [[{"literal": "v"}, {"parameter": "n"}, {"literal": "-"}, {"parameter": "m"}], [{"literal": "~x"}]],
    ]


@pytest.mark.parametrize(
    "template",
    [
        "a",
        "/{}",
        "/{a",
        "/a}",
        "/{a}{b}",
        "/a//b",
        "//",
        "/a?b=1",
        "/a#b",
        "/a b",
        "/../a",
        "/./a",
        "/%2e%2e/a",
        "/a%2Fb",
        "/a;b",
        "/{a}/{a}",
        "/a\\b",
        "/%00",
    ],
)
def test_a_path_that_no_request_can_have_is_an_error(codes, make, template):
    assert "path_invalid" in codes(_paths(make, template))


@pytest.mark.parametrize(
    "templates",
    [
        ("/a/{x}", "/a/b"),
        ("/{x}/b", "/{x}/c"),
        ("/{x}", "/{x}.json"),
        ("/a", "/a/"),
        ("/a/{x}", "/b/{x}"),
        ("/{x}/{y}", "/a/{y}", "/a/b"),
    ],
)
def test_a_more_concrete_path_wins_and_is_no_error(codes, make, templates):
    assert codes(_paths(make, *templates)) == []
    assert codes(_paths(make, *reversed(templates))) == []


@pytest.mark.parametrize(
    ("templates", "code"),
    [
        (("/a/{x}", "/a/{y}"), "ambiguous_paths"),
        (("/a", "/%61"), "ambiguous_paths"),
    ],
)
def test_two_operations_for_one_request_are_an_error(compiled, make, templates, code):
    result = compiled(_paths(make, *templates))
    assert [e.code for e in result.errors] == [code]
    assert all(template in result.errors[0].message for template in templates)


@pytest.mark.parametrize("templates", [("/a/{x}", "/{y}/b"), ("/a-{x}", "/{y}-b"), ("/{x}.json/a", "/b.json/{y}")])
def test_paths_that_cross_know_each_other_and_it_is_told(compiled, make, templates):
    result = compiled(_paths(make, *templates))
    assert not result.errors and "crossing-paths" in result.document["requires"]
    assert [path["crosses"] for path in result.document["paths"]] == [[1], [0]]
    (warning,) = [w for w in result.warnings if w.code == "crossing_paths"]
    assert all(template in warning.message for template in templates)


def test_one_path_by_two_names_is_one_path_where_the_methods_differ(compiled, make):
    def item(method, name):
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        return {method: {"operationId": method, "security": [], "parameters": [parameter], "responses": {"204": {}}}}

    result = compiled(make.base(paths={"/a/{x}": item("get", "x"), "/a/{y}": item("put", "y")}))
    assert not result.errors and [w.code for w in result.warnings] == ["same_path_twice"]
    (path,) = result.document["paths"]
    assert path["operations"] == [["GET", 0], ["PUT", 1]]
    assert [o["parameters"][0]["name"] for o in result.document["operations"]] == ["x", "x"]


def test_a_parameter_must_be_declared_for_each_expression_and_the_other_way_round(codes, make):
    assert codes(make.operation(path="/a/{id}")) == ["path_parameter_undeclared"]
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    assert codes(make.operation(parameters=[parameter])) == ["path_parameter_unused"]


segment = st.text(alphabet=["a", "b", HOLE], min_size=1, max_size=5).filter(lambda s: HOLE * 2 not in s)


def _regex(pattern):
    return re.compile("".join(".+" if c == HOLE else c for c in pattern))


@settings(max_examples=300, deadline=None)
@given(segment, segment, st.text(alphabet="abc", min_size=1, max_size=8))
def test_overlap_and_covers_agree_with_what_matches(one, other, text):
    matches_one, matches_other = (_regex(p).fullmatch(text) is not None for p in (one, other))
    if matches_one and matches_other:
        assert overlap(one, other)
    if covers(one, other) and matches_other:
        assert matches_one
    assert overlap(one, other) == overlap(other, one)
