"""The grammar of rates."""

import pytest

from firstclass.model.rates import Rate, RateSyntaxError, parse_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("3 per minute by application", Rate(3, 60, ("application",))),
        ("100 per second by application, subject", Rate(100, 1, ("application", "subject"))),
        ("1 per day by address,subject , application", Rate(1, 86400, ("address", "subject", "application"))),
        ("  5  per hour  by subject ", Rate(5, 3600, ("subject",))),
    ],
)
def test_a_rate_is_read(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("3 per fortnight by application", "fortnight"),
        ("three per minute by application", "three"),
        ("0 per minute by application", "0"),
        ("-1 per minute by application", "-1"),
        ("٣ per minute by application", "٣"),
        ("99999999999999999999 per minute by application", "99999999999999999999"),
        ("3 a minute by application", "a"),
        ("3 per minute for application", "for"),
        ("3 per minute", ""),
        ("3 per minute by", ""),
        ("3 per minute by nobody", "nobody"),
        ("3 per minute by application subject", "subject"),
        ("3 per minute by application,", ""),
        ("3 per minute by application, application", "application"),
        ("", ""),
    ],
)
def test_the_word_that_is_not_understood_is_named(text, word):
    with pytest.raises(RateSyntaxError) as caught:
        parse_rate(text)
    assert caught.value.word == word and caught.value.hint
    assert word in str(caught.value)


def test_a_misspelt_word_is_told_the_right_one():
    with pytest.raises(RateSyntaxError) as caught:
        parse_rate("3 per minute by aplication")
    assert caught.value.hint == "did you mean 'application'?"
