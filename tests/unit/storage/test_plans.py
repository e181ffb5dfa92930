"""Plans in the store."""

import pytest

from firstclass.model.errors import FirstclassError
from firstclass.model.plans import Plan, parse_limit

LIMITS = (
    parse_limit("rate", "5 per second by application, subject"),
    parse_limit("quota", "9 per day by address", "a"),
)


def test_a_plan_is_read_as_it_was_written_until_it_is_removed(store):
    plan = Plan("basic", LIMITS)
    with store.change("test", "apply") as change:
        change.put_plan(Plan("basic", ()))
        change.put_plan(plan)
    with store.read() as reader:
        assert reader.plans.get("basic") == plan and reader.plans.all() == [plan]
        assert [line.noun for line in reader.audit.lines()] == ["plan", "plan"]
    with store.change("test", "apply") as change:
        change.remove_plan(plan)
    with store.read() as reader:
        assert reader.plans.find("basic") is None and reader.directory() == []


def test_an_unknown_plan_is_not_found_with_what_was_meant(store):
    with store.change("test", "apply") as change:
        change.put_plan(Plan("basic", LIMITS))
    with store.read() as reader, pytest.raises(FirstclassError) as wrong:
        reader.plans.get("basics")
    assert wrong.value.hint == "did you mean 'basic'?"
