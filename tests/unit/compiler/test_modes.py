"""Which word about a mode wins: the one that stands nearest to the operation."""

import pytest

ALL = ("parameters", "media_types", "bodies", "conformance")


def mode(sound, make, *, root=None, path=None, own=None, file=None):
    """The mode of the operation getA in the bundle."""
    contract = make.operation(**({"x-firstclass": {"mode": own}} if own else {}))
    if path:
        contract["paths"]["/a"]["x-firstclass"] = {"mode": path}
    if root:
        contract["x-firstclass"] = {"mode": root}
    return sound(contract, mode=file)["operations"][0]["mode"]


def test_nobody_says_anything_and_everything_is_enforced(sound, make):
    assert mode(sound, make) == "enforce"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"root": "observe"}, "observe"),
        ({"root": "observe", "file": "enforce"}, "enforce"),
        ({"file": "enforce", "path": "observe"}, "observe"),
        ({"path": "observe", "own": "enforce"}, "enforce"),
        ({"own": "observe", "file": {"operations": {"getA": "enforce"}}}, "enforce"),
        ({"own": "observe", "file": {"default": "enforce"}}, "observe"),
        ({"file": {"default": "observe", "operations": {"getA": {"default": "enforce"}}}}, "enforce"),
        ({"own": "1%"}, 100),
        ({"root": {"operations": {"getA": "observe"}}}, "observe"),
        ({"root": {"operations": {"getA": "observe"}}, "file": "enforce"}, "enforce"),
        ({"root": {"operations": {"getA": "observe"}}, "path": "enforce"}, "enforce"),
    ],
)
def test_the_nearest_word_wins(sound, make, words, expected):
    assert mode(sound, make, **words) == expected


def test_classes_are_inherited_one_by_one(sound, make):
    found = mode(sound, make, root={"parameters": "observe"}, path={"bodies": "observe"}, own={"conformance": "5%"})
    assert found == {"parameters": "observe", "media_types": "enforce", "bodies": "observe", "conformance": 500}
    found = mode(sound, make, own="observe", file={"operations": {"getA": {"bodies": "enforce"}}})
    assert found == {**dict.fromkeys(ALL, "observe"), "bodies": "enforce"}


def test_what_a_bundle_needs_of_an_engine_is_said(sound, make):
    assert "observe" not in sound(make.base())["requires"] and "modes" not in sound(make.base())["requires"]
    assert {"observe"} <= set(sound(make.base(), mode="observe")["requires"])
    assert {"observe", "modes"} <= set(sound(make.base(), mode={"bodies": "observe"})["requires"])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("off", "wrong_value"),
        (True, "wrong_value"),
        ({"body": "observe"}, "unknown_rule_class"),
        ({"owners": "observe"}, "unknown_rule_class"),
        ({"confidentiality": "observe"}, "unknown_rule_class"),
        ({"bodies": "record"}, "wrong_value"),
        ({"operations": {"getB": "observe"}}, "unknown_operation"),
        ({"operations": {"getA": "record"}}, "wrong_value"),
        ({"operations": "observe"}, "wrong_value"),
    ],
)
def test_nonsense_is_an_error(codes, make, said, code):
    assert codes({**make.base(), "x-firstclass": {"mode": said}}) == [code]


def test_the_file_names_operations_that_exist(codes, compiled, make):
    assert codes(make.base(), mode={"operations": {"getB": "observe"}}) == ["unknown_operation"]
    assert "'getA'" in compiled(make.base(), mode={"operations": {"getB": "observe"}}).errors[0].hint
