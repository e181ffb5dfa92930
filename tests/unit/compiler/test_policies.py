"""`x-firstclass` on operations and above them."""

import pytest


def _operation(sound, make, own=None, path=None, root=None):
    contract = make.operation(**({"x-firstclass": own} if own else {}))
    if path:
        contract["paths"]["/a"]["x-firstclass"] = path
    return sound({**contract, **({"x-firstclass": root} if root else {})})["operations"][0]


def test_defaults_hold_where_nothing_is_said(sound, make):
    operation = _operation(sound, make)
    assert (operation["strict"], operation["rates"], operation["mode"]) == (False, [], "enforce")
    assert (operation["timeout_milliseconds"], operation["max_response_bytes"]) == (30_000, 1 << 20)


def test_the_nearest_word_wins(sound, make):
    root, path, own = {"responses": "strict", "timeout": "1s"}, {"timeout": "2s"}, {"responses": "record"}
    operation = _operation(sound, make, own, path, root)
    assert (operation["strict"], operation["timeout_milliseconds"]) == (False, 2000)
    assert _operation(sound, make, root=root)["strict"]


def test_sizes_and_durations_are_read(sound, make):
    own = {"timeout": "250ms", "max_request_bytes": 10, "max_response_bytes": 20}
    operation = _operation(sound, make, own)
    assert (operation["timeout_milliseconds"], operation["max_response_bytes"]) == (250, 20)


def test_several_rates_stand_with_the_most_specific_first(sound, make):
    rates = ["1000 per hour by address", "5 per second by application, address"]
    assert _operation(sound, make, {"rate": rates})["rates"] == [
        {"count": 5, "period_seconds": 1, "by": ["application", "address"]},
        {"count": 1000, "period_seconds": 3600, "by": ["address"]},
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"rates": "1 per day by address"}, "unknown_keyword"),
        ({"rate": "3 per fortnight by address"}, "rate_invalid"),
        ({"rate": 3}, "rate_invalid"),
        ({"rate": []}, "rate_invalid"),
        ({"rate": "1 per day by subject"}, "subject_unknown"),
        ({"timeout": "soon"}, "duration_invalid"),
        ({"timeout": 5}, "duration_invalid"),
        ({"timeout": "2h"}, "duration_invalid"),
        ({"responses": "loose"}, "wrong_value"),
        ({"max_request_bytes": "1MB"}, "wrong_value"),
        ({"max_response_bytes": 1 << 40}, "wrong_value"),
        ({"attested": True}, "not_enforceable_yet"),
        ({"budget": "200 customer per day by application"}, "not_enforceable_yet"),
        ({"stream": True}, "not_enforceable_yet"),
        ({"reveals": "customer"}, "misplaced_keyword"),
        ({"owner": "token.sub"}, "misplaced_keyword"),
        ({"issuer": "people"}, "misplaced_keyword"),
    ],
)
def test_what_cannot_be_held_is_an_error(codes, make, words, code):
    assert codes(make.operation(**{"x-firstclass": words})) == [code]


def test_a_word_for_one_operation_has_no_meaning_above_it(codes, make):
    assert codes(make.base(**{"x-firstclass": {"logout": True}})) == ["misplaced_keyword"]


def test_saying_that_something_is_off_asks_for_nothing(codes, make):
    assert codes(make.operation(**{"x-firstclass": {"attested": False}})) == []
