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
    ],
)
def test_a_duration_is_read(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "1.5s", "5w", "٥s", "9999999999d"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)
