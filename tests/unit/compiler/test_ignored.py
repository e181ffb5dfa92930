"""`ignore`: names of undeclared query parameters that are left behind."""

import pytest


def _ignored(sound, contract):
    return sound(contract)["operations"][0].get("ignore")


def test_an_operation_says_more_than_its_path_and_the_path_more_than_the_root(sound, make):
    contract = make.operation()
    assert _ignored(sound, contract) is None
    contract["x-firstclass"] = {"ignore": ["utm_*", "gclid", "utm_*"]}
    assert _ignored(sound, contract) == ["utm_*", "gclid"]
    contract["paths"]["/a"]["x-firstclass"] = {"ignore": "fbclid"}
    assert _ignored(sound, contract) == ["fbclid"]
    contract["paths"]["/a"]["post"]["x-firstclass"] = {"ignore": ["_*"]}
    assert _ignored(sound, contract) == ["_*"]
    assert "ignore" in sound(contract)["requires"]


@pytest.mark.parametrize("ignore", ["*", "**", "", [], 5, [5], ["a b"], ["x" * 65], [f"x{i}" for i in range(33)], {}])
def test_what_is_no_name_or_every_name_is_an_error(codes, make, ignore):
    assert codes(make.operation(**{"x-firstclass": {"ignore": ignore}})) == ["ignore_invalid"]


def test_it_has_no_meaning_on_a_parameter(codes, make):
    parameter = {"name": "p", "in": "query", "schema": {"type": "string"}, "x-firstclass": {"ignore": "utm_*"}}
    assert codes(make.operation(parameters=[parameter])) == ["misplaced_keyword"]
