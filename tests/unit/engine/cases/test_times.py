"""Times of a case count from the run, or are moved with the exchange's `now`."""

import pytest

from firstclass.engine.cases.model import CaseError
from firstclass.engine.cases.times import absolute_milliseconds, in_run, relative_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+90d", 90 * 86400), ("-1h", -3600), ("+0s", 0), ("+5m", 300), ("5m", None), ("+5w", None), ("", None)],
)
def test_a_relative_time_has_a_sign_a_number_and_a_unit(text: str, seconds: int | None):
    assert relative_seconds(text) == seconds


@pytest.mark.parametrize("text", ["1970-01-01T00:00:01Z", "1970-01-01T00:00:01", "1970-01-01T01:00:01+01:00"])
def test_an_absolute_time_is_utc_unless_it_says_otherwise(text: str):
    assert absolute_milliseconds(text) == 1000


def test_what_is_no_time_is_refused():
    for value in ("soon", "", None, True, 1.5, []):
        with pytest.raises(CaseError):
            in_run(value, 0, 0)


def test_relative_times_count_from_the_run_and_others_are_moved():
    assert in_run("+1s", 5000, 70) == 6000
    assert in_run("1970-01-01T00:00:01Z", 5000, 70) == 1070
    assert in_run(1000, 5000, 70) == 1070
