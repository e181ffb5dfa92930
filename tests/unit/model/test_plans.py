"""Limits of plans as people write them and as engines read them."""

import pytest

from firstclass.model.plans import parse_limit
from firstclass.model.rates import RateSyntaxError


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("rate", "50 per second by application", {"count": 50, "period_seconds": 1, "by": ["application"]}),
        (
            "quota",
            "1000 per month by subject, address",
            {"count": 1000, "window": "month", "by": ["subject", "address"]},
        ),
        ("concurrency", "10", {"count": 10, "by": ["application"]}),
        ("concurrency", "3 by application,subject", {"count": 3, "by": ["application", "subject"]}),
    ],
)
def test_a_limit_becomes_what_the_engine_reads(kind, text, value):
    limit = parse_limit(kind, text, "getA")
    assert limit.directory_value() == {"kind": kind, "operation": "getA", **value}
    assert parse_limit(kind, str(limit), "getA") == limit, "its text says the same"


@pytest.mark.parametrize(
    ("kind", "text", "word", "hint"),
    [
        ("quota", "5 per minute by application", "minute", "rate: 5 per minute by application"),
        ("quota", "5 per dya by application", "dya", "'day'"),
        ("rate", "5 per month by application", "month", "known here"),
        ("rate", "5 per second", "", "by application"),
        ("concurrency", "0", "0", "per second"),
        ("concurrency", "5 per second by application", "per", "by application"),
        ("concurrency", "5 by aplication", "aplication", "'application'"),
    ],
)
def test_a_limit_that_cannot_be_read_names_the_word_and_says_what_is_meant(kind, text, word, hint):
    with pytest.raises(RateSyntaxError) as wrong:
        parse_limit(kind, text)
    assert wrong.value.word == word and hint in wrong.value.hint
