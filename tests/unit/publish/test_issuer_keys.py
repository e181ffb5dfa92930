"""When issuers' keys are fetched: on a schedule, and never because a stranger asked more often."""

from firstclass.publish.issuer_keys import ON_DEMAND_SECONDS, REFRESH_SECONDS, RETRY_SECONDS, FetchSchedule


def test_a_new_issuer_is_due_at_once_and_then_on_schedule():
    schedule = FetchSchedule()
    assert schedule.due(["a"], 100.0) == ["a"]
    schedule.fetched("a", 100.0, succeeded=True)
    assert schedule.due(["a"], 100.0 + REFRESH_SECONDS - 1) == []
    assert schedule.due(["a"], 100.0 + REFRESH_SECONDS) == ["a"]


def test_a_failed_fetch_is_tried_again_soon():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=False)
    assert schedule.due(["a"], 100.0 + RETRY_SECONDS) == ["a"]


def test_ten_thousand_unknown_keys_cause_one_fetch_in_thirty_seconds():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=True)
    fetches = 0
    for step in range(10_000):
        now = 100.0 + step * 0.003
        schedule.wanted("a", now)
        if schedule.due(["a"], now):
            fetches += 1
            schedule.fetched("a", now, succeeded=True)
    assert fetches <= 1


def test_an_unknown_key_is_fetched_for_once_the_pause_is_over():
    schedule = FetchSchedule()
    schedule.fetched("a", 100.0, succeeded=True)
    schedule.wanted("a", 101.0)
    assert schedule.due(["a"], 101.0) == []
    assert schedule.due(["a"], 100.0 + ON_DEMAND_SECONDS) == ["a"]
