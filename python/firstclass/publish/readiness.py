"""What speaks for enforcing an operation, and what against it: calls and would-be refusals under the live contract.
Pure but for `gather`, which reads the counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from firstclass.base.modes import RULE_CLASSES, WHOLE, share_in_words
from firstclass.publish import left_out, refused_answers
from firstclass.publish.modes import CONFORMANCE, ApiModes, OperationModes
from firstclass.storage.counts import Counts, PlaceCount

DAYS = 7
CALLS = 100
MOST_PLACES = 20
OPERATIONS = "operations"

# A call that was refused for one of these had come as far as the rules that have a mode.
JUDGED = (
    *("parameter_invalid", "media_type_unsupported", "body_invalid", "body_too_large"),
    *("response_invalid", "response_unreadable", "upstream_error", "upstream_timeout", "upstream_unreachable"),
)
# Answers that no mode lets through, such as a success whose media type the contract does not declare.
ANSWERS = ("response_invalid", "response_unreadable")


@dataclass(frozen=True)
class Evidence:
    """One operation: `calls` that were judged, how many of them would have been refused (`would_refuse`) or were
    (`refused`), the same by class, and the places; of the refused `answers` that broke the contract; and the places of
    what was `left_out`, which speaks against nothing, and of `refused_answers`, told apart with what to do."""

    calls: int = 0
    would_refuse: int = 0
    refused: int = 0
    by_class: dict[str, int] = field(default_factory=dict)
    places: tuple[PlaceCount, ...] = ()
    answers: int = 0
    left_out: tuple[PlaceCount, ...] = ()
    refused_answers: tuple[PlaceCount, ...] = ()

    def is_against(self, rule_class: str) -> bool:
        """Whether a call broke this class of rules."""
        if rule_class == CONFORMANCE and self.answers:
            return True
        return bool(self.by_class.get(rule_class)) or any(place.rule_class == rule_class for place in self.places)


def gather(counts: Counts, modes: ApiModes, now: datetime, days: int = DAYS) -> dict[str, Evidence]:
    """The evidence of the last `days` and of today, under the contract that is live, by operation."""
    since = (now - timedelta(days=days)).strftime("%Y-%m-%d")
    calls = counts.calls(modes.api, modes.hash, since, JUDGED)
    passed = counts.calls(modes.api, modes.hash, since, [])
    answered = counts.calls(modes.api, modes.hash, since, ANSWERS)
    places = counts.places(modes.api, modes.hash, since, together=True)
    return {
        name: _evidence(
            calls.get(name, 0),
            answered.get(name, 0) - passed.get(name, 0),
            [place for place in places if place.operation == name],
        )
        for name in (operation.id for operation in modes.operations)
    }


def _evidence(calls: int, answers: int, found: list[PlaceCount]) -> Evidence:
    whole = [each for each in found if each.rule_class is None]
    by_class = {each.rule_class: each.calls for each in found if each.rule_class is not None and each.keyword is None}
    told = [each for each in found if each.keyword is not None]
    never = tuple(each for each in told if each.rule_class == refused_answers.CLASS)
    places = tuple(each for each in told if each.keyword != left_out.KEYWORD and each not in never)
    left = tuple(each for each in found if each.keyword == left_out.KEYWORD)
    refused = sum(each.refused for each in whole)
    would_refuse = sum(each.calls for each in whole) - refused
    return Evidence(calls, would_refuse, max(refused, answers), by_class, places, answers, left, never)


def undeclared(counts: Counts, modes: ApiModes, now: datetime, days: int = DAYS) -> list[dict[str, Any]]:
    """What was called and no operation is declared for, refused in every mode: by method and shape of the path."""
    since = (now - timedelta(days=days)).strftime("%Y-%m-%d")
    found = [place for place in counts.places(modes.api, modes.hash, since) if place.rule_class == OPERATIONS]
    split = [((place.name or "").partition(" "), place.calls) for place in found[:MOST_PLACES]]
    return [
        {"method": method, "path": path, "declared_path": modes.has_path(path), "calls": calls}
        for (method, _, path), calls in split
    ]


def undeclared_in_words(method: str, path: str, *, has_path: bool) -> str:
    """`has_path`: the contract has the path, for other methods."""
    if has_path:
        return f"{method} {path}: the contract has this path, not this method: refused in every mode"
    return f"{method} {path} is undeclared, and refused in every mode"


def ready_classes(operation: OperationModes, evidence: Evidence, calls: int = CALLS) -> list[str]:
    """The classes that may be enforced: enough calls, and none of them broke one of its rules.

    Bodies follow media types: a body of a media type that nobody can read would be refused with them.
    """
    if evidence.calls < calls:
        return []
    ready = [name for name in RULE_CLASSES if not evidence.is_against(name)]
    if "media_types" not in ready and operation.share("media_types") < WHOLE:
        ready = [name for name in ready if name != "bodies"]
    return ready


def held_back(
    operation: OperationModes, evidence: Evidence, moved: Collection[str], calls: int = CALLS
) -> dict[str, Any]:
    """Why an operation is not enforced as a whole, as `enforce --json` says it."""
    shares = {name: WHOLE if name in moved else share for name, share in operation.shares().items()}
    return {
        "operation": operation.id,
        "would_refuse": evidence.would_refuse,
        "of": evidence.calls,
        "why": _why(evidence, calls),
        "refused": evidence.refused,
        "classes": {name: share_in_words(share) for name, share in shares.items()},
        "stepped_back": operation.has_stepped_back and CONFORMANCE not in moved,
        "places": [place_in_json(place) for place in evidence.places[:MOST_PLACES]],
    }


def _why(evidence: Evidence, calls: int) -> str:
    if evidence.calls < calls:
        return "too_few_calls"
    return "would_refuse" if evidence.would_refuse or not evidence.answers else "refused"


def place_in_json(place: PlaceCount) -> dict[str, Any]:
    """A place as documents have it: `name` of a parameter, `pointer` into a body."""
    return {
        "class": place.rule_class,
        "in": place.place,
        "pointer" if place.place == "body" else "name": place.name,
        "keyword": place.keyword,
        "calls": place.calls,
        "refused": place.refused,
        "applications": place.applications,
    }


def place_in_words(place: PlaceCount) -> str:
    """`body /shoe is undeclared`, `query page: maximum`."""
    where = f"{place.place or 'elsewhere'} {place.name or ''}".strip()
    match place.keyword:
        case "undeclared":
            return f"{where} is undeclared"
        case "required":
            return f"{where} is required and missing"
        case "credential":
            return f"{where} is missing, a credential"
        case "media_type":
            return "the media type of the body is undeclared"
        case "status":
            return "status is undeclared"
        case "other":
            return f"further places of {place.rule_class}"
    return f"{where} breaks {place.keyword}"


_STATUS = {"media_types": 415, "conformance": 502}


def status_of(rule_class: str | None, keyword: str | None = None) -> int:
    """What enforce answers to a call that breaks this class of rules."""
    return 401 if keyword == "credential" else _STATUS.get(rule_class or "", 400)
