"""Plans and products as the file writes them."""

import pytest
from pydantic import ValidationError

from firstclass.base.settings import Settings


def plan(**members):
    return Settings.model_validate({"plans": [{"name": "basic", **members}]}).plans[0]


def test_one_text_is_a_list_of_one_and_a_number_is_text():
    entry = plan(rate="5 per second by application", concurrency=10, operations={"search": {"concurrency": [1, "2"]}})
    assert (entry.rate, entry.quota, entry.concurrency) == (("5 per second by application",), (), ("10",))
    assert entry.operations["search"].concurrency == ("1", "2")


@pytest.mark.parametrize(
    "members", [{"rat": "x"}, {"rate": 5.5}, {"concurrency": True}, {"operations": {"a": {"x": 1}}}]
)
def test_what_nobody_knows_is_an_error(members):
    with pytest.raises(ValidationError):
        plan(**members)


@pytest.mark.parametrize(
    "entry",
    [
        {"application": "ios"},
        {"application": "ios", "api": "shop"},
        {"application": "ios", "operations": ["a"]},
        {"application": "ios", "product": "reading", "operations": ["a"]},
    ],
)
def test_a_subscription_is_to_operations_or_to_a_product(entry):
    with pytest.raises(ValidationError, match="a subscription names"):
        Settings.model_validate({"subscriptions": [entry]})
