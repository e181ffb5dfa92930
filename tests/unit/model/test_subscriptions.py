"""What a subscription grants, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from firstclass.model.subscriptions import APPROVED, REVOKED, Subscription

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "until", "alive"),
    [
        (APPROVED, None, True),
        (APPROVED, NOW + MINUTE, True),
        (APPROVED, NOW, False),
        (APPROVED, NOW - MINUTE, False),
        (REVOKED, None, False),
        (REVOKED, NOW + MINUTE, False),
    ],
)
def test_a_subscription_grants_while_it_is_approved_and_its_time_is_not_over(state, until, alive):
    subscription = Subscription("sub_1", "app_1", "cards", ("getCard",), (), state, NOW - MINUTE, until)
    assert subscription.is_alive(NOW) is alive
