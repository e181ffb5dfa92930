"""A limit of another gateway in our words never lets more calls through."""

import pytest

from firstclass.access.importing.foreign import Limit
from firstclass.access.importing.limits import plan_of, take
from firstclass.model.errors import Where
from firstclass.publish.plans import PlanEntry

AT = Where("export.yaml", 1)
MONTH, YEAR = 30 * 86400, 365 * 86400


@pytest.mark.parametrize(
    ("count", "seconds", "wanted", "is_exact"),
    [
        (5, 1, "rate 5 per second by application", True),
        (100, 60, "rate 100 per minute by application", True),
        (1000, 3600, "quota 1000 per hour by application", True),
        (1000, 86400, "quota 1000 per day by application", True),
        (1000, MONTH, "quota 1000 per month by application", True),
        (10**12, 86400, "quota 1000000000 per day by application", True),
        # Between our periods: the nearest that is never more, in a short burst and over time.
        (20, 10, "rate 2 per second by application", False),
        (5, 10, "rate 5 per minute by application", False),
        (300, 300, "rate 60 per minute by application", False),
        (1200, YEAR, "quota 98 per month by application", False),
    ],
)
def test_a_limit_is_taken_exactly_or_more_strictly(count, seconds, wanted, is_exact):
    taken = take(Limit(count, seconds, AT))
    assert (taken.limit.in_words(), taken.is_exact) == (wanted, is_exact)


def test_what_even_our_smallest_limit_would_widen_is_not_taken():
    assert take(Limit(5, YEAR, AT)) is None and plan_of([Limit(5, YEAR, AT)]) is None


def test_a_plan_holds_all_limits_and_of_the_same_kind_the_strictest():
    plan = plan_of([Limit(1000, 3600, AT), Limit(100, 60, AT), Limit(50, 60, AT), Limit(9, 1, AT, "address")])
    assert [limit.in_words() for limit in plan.limits] == [
        "rate 9 per second by address", "rate 50 per minute by application", "quota 1000 per hour by application"
    ]  # fmt: skip
    assert plan.name == "imported-9-per-second-by-address-50-per-minute-1000-per-hour"


def test_the_name_of_a_plan_is_one_that_a_file_may_write():
    many = [Limit(123456789, seconds, AT, by) for seconds in (1, 60, 3600, 86400) for by in ("address", "application")]
    for limits in (many, many[:1], many[:2]):
        assert PlanEntry(name=plan_of(limits).name)
