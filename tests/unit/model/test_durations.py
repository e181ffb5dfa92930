"""Durations as people write them."""

from datetime import timedelta

import pytest

from firstclass.model.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90d", timedelta(days=90)),
        ("24h", timedelta(hours=24)),
        ("5m", timedelta(minutes=5)),
        ("30s", timedelta(seconds=30)),
        ("250ms", timedelta(milliseconds=250)),
        ("999999999d", timedelta(days=999_999_999)),
    ],
)
def test_a_duration_is_read(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "5", "s", "d", "5 s", "-5s", "0d", "01h", "1.5s", "5w", "٥s", "1000000000d", "1d\n"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)
