"""What is ready: enough calls under the live contract, and none of them against a rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firstclass.base.modes import RULE_CLASSES
from firstclass.publish.modes import ApiModes, OperationModes
from firstclass.publish.readiness import gather, held_back, place_in_words, ready_classes, status_of
from firstclass.storage.counts import Counts, PlaceCount, Report

NOW = datetime(2031, 5, 20, 12, tzinfo=UTC)


def operation(**more: Any) -> OperationModes:
    whole = {"id": "putA", "method": "PUT", "path": "/a", "strict": True, "declared": dict.fromkeys(RULE_CLASSES, 0)}
    return OperationModes(**{**whole, "stored": {}, **more})


def row(count: int, decision: str = "allow", **more: Any) -> Report:
    about = {"api": "shop", "contract": "c1", "operation": "putA", "application": "app_1", "decision": decision}
    return Report.of("places" if "class" in more else "calls", {**about, **more, "count": count})


def violation(count: int, class_: str, decision: str = "allow", name: str = "/shoe") -> list[Report]:
    return [
        row(count, decision, **{"class": None}),
        row(count, decision, **{"class": class_}),
        row(count, decision, **{"class": class_, "in": "body", "name": name, "keyword": "undeclared"}),
    ]


def evidence(tmp_path: Path, reports: list[Report], *, days: int = 7, at: datetime = NOW) -> Any:
    counts = Counts.open(tmp_path)
    counts.record("run_1", reports, at)
    modes = ApiModes("shop", "c1", "", (operation(),))
    found = gather(counts, modes, NOW, days)["putA"]
    counts.close()
    return found


def test_enough_clean_calls_make_everything_ready(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(100)])
    assert ready_classes(operation(), found) == list(RULE_CLASSES)
    assert ready_classes(operation(), found, calls=101) == []


def test_one_call_against_a_class_holds_that_class_back(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(1000), *violation(1, "parameters")])
    assert ready_classes(operation(), found) == ["media_types", "bodies", "conformance"]
    assert (found.would_refuse, found.refused, found.calls) == (1, 0, 1000)


def test_what_was_refused_of_a_share_speaks_against_it_as_well(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(1000), row(2, "deny", reason="body_invalid"), *violation(2, "bodies", "deny")])
    assert "bodies" not in ready_classes(operation(), found)
    assert (found.would_refuse, found.refused, found.calls) == (0, 2, 1002)


def test_bodies_wait_for_media_types_unless_these_are_enforced(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(1000), *violation(1, "media_types")])
    assert ready_classes(operation(), found) == ["parameters", "conformance"]
    enforced = operation(declared={**dict.fromkeys(RULE_CLASSES, 0), "media_types": 10_000})
    assert ready_classes(enforced, found) == ["parameters", "bodies", "conformance"]


def test_noted_faults_of_answers_hold_conformance_back_before_it_is_strict(tmp_path: Path) -> None:
    noted = row(5, **{"class": "conformance", "in": "body", "name": "/id", "keyword": "type"})
    found = evidence(tmp_path, [row(1000), noted])
    assert found.would_refuse == 0 and "conformance" not in ready_classes(operation(strict=False), found)


def test_what_is_left_out_holds_nothing_back(tmp_path: Path) -> None:
    left = {"class": "conformance", "in": "body", "name": "/nickname", "keyword": "left_out"}
    header = {"class": "parameters", "in": "header", "name": "x-tenant", "keyword": "left_out"}
    more = {"class": "conformance", "name": "*", "keyword": "left_out"}
    found = evidence(tmp_path, [row(1000), row(1000, **left), row(5, **header), row(2, **more)])
    assert ready_classes(operation(), found) == list(RULE_CLASSES)
    assert (found.would_refuse, found.places, found.by_class) == (0, (), {})
    assert [(place.name, place.calls) for place in found.left_out] == [("/nickname", 1000), ("x-tenant", 5), ("*", 2)]
    assert held_back(operation(), found, [])["places"] == []


def test_answers_that_no_mode_lets_through_hold_conformance_back(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(1000), row(7, "deny", reason="response_invalid")])
    assert ready_classes(operation(), found) == ["parameters", "media_types", "bodies"]
    told = held_back(operation(), found, [])
    assert (told["why"], told["would_refuse"], told["refused"], told["of"]) == ("refused", 0, 7, 1007)


def test_what_lies_further_back_does_not_count(tmp_path: Path) -> None:
    old = [row(100), *violation(3, "bodies")]
    assert evidence(tmp_path / "eight", old, at=NOW - timedelta(days=8)).calls == 0
    assert evidence(tmp_path / "seven", old, at=NOW - timedelta(days=7), days=7).would_refuse == 3


def test_a_person_is_told_where(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(40), *violation(3, "bodies")])
    told = held_back(operation(), found, ["parameters"])
    place = {
        "class": "bodies",
        "in": "body",
        "pointer": "/shoe",
        "keyword": "undeclared",
        "calls": 3,
        "refused": 0,
        "applications": 1,
    }
    assert told["places"] == [place] and told["why"] == "too_few_calls"
    assert told["classes"]["parameters"] == "enforce" and told["classes"]["bodies"] == "observe"


def test_a_place_is_one_whether_its_calls_passed_or_were_refused(tmp_path: Path) -> None:
    found = evidence(tmp_path, [row(9), *violation(3, "bodies"), *violation(2, "bodies", "deny")])
    assert [(place.name, place.calls, place.refused, place.applications) for place in found.places] == [
        ("/shoe", 5, 2, 1)
    ]
    assert (found.would_refuse, found.refused, found.by_class) == (3, 2, {"bodies": 5})


@pytest.mark.parametrize(
    ("place", "name", "keyword", "words"),
    [
        ("body", "/shoe", "undeclared", "body /shoe is undeclared"),
        ("body", "", "required", "body is required and missing"),
        ("query", "page", "maximum", "query page breaks maximum"),
        ("body", None, "media_type", "the media type of the body is undeclared"),
        ("body", "", "status", "status is undeclared"),
        (None, "*", "other", "further places of bodies"),
    ],
)
def test_places_in_words(place: str, name: str, keyword: str, words: str) -> None:
    found = PlaceCount("putA", "allow", "bodies", place, name, keyword, 1, 1, "", "")
    assert place_in_words(found) == words


def test_what_enforce_would_answer() -> None:
    assert [status_of(name) for name in RULE_CLASSES] == [400, 415, 400, 502]
