"""Time in text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstclass.base.clock import format_time, in_milliseconds, now, parse_time, unix_milliseconds

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)).map(in_milliseconds)


@given(MOMENTS, MOMENTS)
def test_text_keeps_the_moment_and_its_order(one: datetime, two: datetime):
    assert parse_time(format_time(one)) == one and len(format_time(one)) == 24
    assert (format_time(one) < format_time(two)) == (one < two)


@given(MOMENTS)
def test_unix_milliseconds_are_exact(moment: datetime):
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=unix_milliseconds(moment)) == moment


def test_other_zones_become_utc():
    assert format_time(datetime(2031, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2030-12-31T23:00:00.000Z"
    assert parse_time("2031-01-01T01:00:00+02:00") == datetime(2030, 12, 31, 23, tzinfo=UTC)
    assert parse_time("2031-01-31") == datetime(2031, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "2031-01-31T12:00:00", "soon", "2031-02-30", "20310131"])
def test_a_time_without_a_zone_is_none(text: str):
    with pytest.raises(ValueError):
        parse_time(text)


def test_now_has_whole_milliseconds():
    assert now().microsecond % 1000 == 0 and now().tzinfo is UTC
