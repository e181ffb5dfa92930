"""Counts: what is said twice counts once, whoever forgot it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firstclass.storage.counts import Counts, Report

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
TODAY = "2031-05-01"


@pytest.fixture
def counts(tmp_path: Path) -> Iterator[Counts]:
    counts = Counts.open(tmp_path)
    yield counts
    counts.close()


def call(count: int, **more: Any) -> Report:
    row = {"api": "shop", "contract": "c1", "operation": "getA", "application": "app_1", "decision": "allow", **more}
    return Report.of("calls", row | {"count": count})


def place(count: int, **more: Any) -> Report:
    row = {"api": "shop", "contract": "c1", "operation": "getA", "application": "app_1", "decision": "allow"}
    return Report.of(
        "places", row | {"class": "bodies", "in": "body", "name": "/shoe", "keyword": "type"} | more | {"count": count}
    )


def test_sums_of_a_run_are_added_once(counts: Counts) -> None:
    counts.record("run_1", [call(5)], NOW)
    counts.record("run_1", [call(5)], NOW)
    counts.record("run_1", [call(8)], NOW)
    assert counts.calls("shop", "c1", TODAY, []) == {"getA": 8}


def test_another_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    first = Counts.open(tmp_path)
    first.record("run_1", [call(5), place(2)], NOW)
    first.close()
    second = Counts.open(tmp_path)
    second.record("run_1", [call(6), place(2)], NOW)
    assert second.calls("shop", "c1", TODAY, []) == {"getA": 6}
    assert [each.calls for each in second.places("shop", "c1", TODAY)] == [2]
    second.close()


def test_a_new_run_of_the_engine_begins_at_nothing(counts: Counts) -> None:
    counts.record("run_1", [call(5)], NOW)
    counts.record("run_2", [call(2)], NOW)
    counts.record("run_1", [call(1)], NOW)
    assert counts.calls("shop", "c1", TODAY, []) == {"getA": 8}, "a sum that shrank began anew"


def test_calls_are_told_by_reason_day_and_contract(counts: Counts) -> None:
    counts.record("run_1", [call(1), call(2, reason="body_invalid", decision="deny"), call(4, contract="c2")], NOW)
    counts.record("run_1", [call(8, reason="not_subscribed", decision="deny")], NOW)
    counts.record("run_1", [call(17)], NOW + timedelta(days=1))
    assert counts.calls("shop", "c1", TODAY, ["body_invalid"]) == {"getA": 19}
    assert counts.calls("shop", "c1", "2031-05-02", ["body_invalid"]) == {"getA": 16}
    assert counts.calls("shop", "c2", TODAY, []) == {"getA": 4}


def test_places_are_summed_over_applications(counts: Counts) -> None:
    counts.record("run_1", [place(3), place(4, application="app_2"), place(1, application=None, name="")], NOW)
    found = [(each.name, each.calls, each.applications) for each in counts.places("shop", "c1", TODAY)]
    assert found == [("/shoe", 7, 2), ("", 1, 0)]


def test_old_days_and_ended_runs_are_forgotten(counts: Counts) -> None:
    counts.record("run_1", [call(5), place(5)], NOW)
    counts.prune(NOW + timedelta(days=40))
    assert counts.calls("shop", "c1", "2000-01-01", []) == {} and counts.places("shop", "c1", "2000-01-01") == []


def test_the_file_is_nobody_elses(counts: Counts, tmp_path: Path) -> None:
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("counts.db*"))
