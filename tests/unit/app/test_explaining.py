"""From a rule of the bundle to a place in the contract."""

import pytest

from firstclass.app.explaining import explain_request, place_of
from firstclass.model.errors import FirstclassError

PLACE = {"file": "a.yaml", "line": 3, "column": 1, "pointer": "/paths"}


def test_a_rule_with_a_place_of_its_own_gets_it():
    assert place_of({"operations/3": PLACE}, "operations/3") == PLACE


def test_a_rule_without_a_place_gets_the_nearest_above():
    assert place_of({"operations/3": PLACE}, "operations/3/parameters/1") == PLACE


def test_a_rule_of_nothing_has_no_place():
    assert place_of({"operations/3": PLACE}, "operations/4") is None


def test_what_is_no_request_id_is_told_so(tmp_path):
    with pytest.raises(FirstclassError, match="'req_nope' is no request id") as caught:
        explain_request(tmp_path, "req_nope")
    assert caught.value.code == "not_found" and "X-Request-Id" in caught.value.hint
