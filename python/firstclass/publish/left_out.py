"""What the gateway leaves out of calls because the contract does not declare it. It is so in every mode, refuses
nothing and holds nothing back; it is told while it is observed, so that a person can decide what the contract misses.
The bodies of the API's own failures are told always: the caller gets the status, and a body of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firstclass.publish.modes import CONFORMANCE
from firstclass.storage.counts import PlaceCount

KEYWORD = "left_out"
MOST = 20
SHOWN = 5
# Of an answer, a failure: of a status that the contract does not declare, or with a body other than it declares.
FAILURES = ("status", "failure")


def in_json(places: Iterable[PlaceCount]) -> list[dict[str, Any]]:
    """Places as documents have them, most calls first: `name` of a header or cookie, `pointer` into a body."""
    return [
        {
            "operation": place.operation,
            "class": place.rule_class,
            "in": place.place,
            "pointer" if place.place == "body" else "name": place.name,
            "calls": place.calls,
            "applications": place.applications,
        }
        for place in list(places)[:MOST]
    ]


def replaced(found: Mapping[str, Any]) -> str | None:
    """`404 is not declared: its body is replaced`; None where something was left out."""
    match found.get("in"):
        case "status":
            return f"{found.get('name')} is not declared: its body is replaced"
        case "failure":
            return f"{found.get('name')} is declared with another body than it has, or none: its body does not leave"
    return None


def why(rule_class: str | None) -> str:
    """`left out of answers because the contract does not declare it`."""
    side = "answers" if rule_class == CONFORMANCE else "requests"
    return f"left out of {side} because the contract does not declare it"


def thing(found: Mapping[str, Any]) -> str:
    """What it was, of a document or an event: `/customer/nickname`, `header x-tenant`, `the body`."""
    match found.get("in"):
        case "body":
            return str(found.get("pointer") or "the body")
        case None:
            return "further things"
        case place:
            return f"{place} {found.get('name') or '*'}"


def in_words(document: Iterable[Mapping[str, Any]], spelled: Mapping[str, str]) -> Iterator[str]:
    """What `in_json` says of several operations, for people. `spelled`: method and path by operation."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for found in document:
        groups.setdefault((found["operation"], found["class"]), []).append(found)
    for (operation, rule_class), every in groups.items():
        for found in every:
            if (what := replaced(found)) is not None:
                yield f"{operation} ({spelled.get(operation, '')}): {what} ({times(found)})"
        told = [found for found in every if replaced(found) is None]
        if not told:
            continue
        yield f"{operation} ({spelled.get(operation, '')}): {why(rule_class)}:"
        for found in told[:SHOWN]:
            yield f"  {thing(found)} ({times(found)})"
        if len(told) > SHOWN:
            yield f"  and {len(told) - SHOWN} more: --json"


def times(found: Mapping[str, Any]) -> str:
    """How many calls it was."""
    return f"{found['calls']:,} time{'' if found['calls'] == 1 else 's'}"
