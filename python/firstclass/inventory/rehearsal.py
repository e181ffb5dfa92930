"""An access log replayed through the engine's decisions: which calls that the old gateway let in would be refused, and
why. What is told are operations, reasons, names and counts; no value of a call."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from firstclass._native import Rehearsal
from firstclass.inventory.access_log import LoggedCall, read_call

# Names that strangers made up are kept up to here; what comes on top is counted together.
MOST_PLACES = 1000
SHOWN_PLACES = 10
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z_.\-\[\]]{0,31}")
_HIDDEN = "…"

Place = tuple[str, str, str]
Shape = tuple[str, str]
Key = TypeVar("Key")


@dataclass
class Difference:
    """Calls of one operation that were let in and would be refused for one reason. `places` say where the fault is, by
    place, name and keyword; `shapes` are method and path of what matches no operation, without values."""

    operation: str | None
    reason: str
    calls: int = 0
    places: Counter[Place] = field(default_factory=Counter)
    shapes: Counter[Shape] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The most frequent places and shapes first."""
        members: dict[str, Any] = {"operation": self.operation, "reason": self.reason, "calls": self.calls}
        if self.places:
            members["places"] = [
                {"in": where, "name": name, "keyword": keyword, "calls": count}
                for (where, name, keyword), count in self.places.most_common(SHOWN_PLACES)
            ]
        if self.shapes:
            members["shapes"] = [
                {"method": method, "path_shape": shape, "calls": count}
                for (method, shape), count in self.shapes.most_common(SHOWN_PLACES)
            ]
        return members


def _count(counter: Counter[Key], key: Key, otherwise: Key) -> None:
    counter[key if key in counter or len(counter) < MOST_PLACES else otherwise] += 1


@dataclass
class Outcome:
    """What a whole log came to."""

    calls: int = 0
    agree: int = 0
    elsewhere: int = 0
    unreadable: int = 0
    differences: dict[tuple[str | None, str], Difference] = field(default_factory=dict)
    admitted: Counter[tuple[str | None, int]] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """What `rehearse --json` prints."""
        differ = sorted(self.differences.values(), key=lambda each: -each.calls)
        admitted = [
            {"operation": operation, "status": status, "calls": count}
            for (operation, status), count in self.admitted.most_common()
        ]
        return {
            "calls": self.calls,
            "agree": self.agree,
            "differ": [each.as_json() for each in differ],
            "admitted": admitted,
            "elsewhere": self.elsewhere,
            "unreadable": self.unreadable,
        }


def as_enforced(payload: str) -> str:
    """The same bundle with every operation in enforce: what will count in the end."""
    document = json.loads(payload)
    for operation in document["operations"]:
        operation["mode"] = "enforce"
    return json.dumps(document, ensure_ascii=False)


def replay(lines: Iterable[str], payload: str) -> Outcome:
    """Hold every call of a log that lies below the API's base path against its bundle."""
    engine, outcome = Rehearsal([as_enforced(payload)]), Outcome()
    base = str(json.loads(payload)["api"]["base_path"])
    for line in lines:
        call = read_call(line)
        if call is None:
            outcome.unreadable += int(line == "" or not line.isspace())
        elif not _is_below(call.target, base):
            outcome.elsewhere += 1
        else:
            _judge(call, engine, base, outcome)
    return outcome


def _is_below(target: str, base: str) -> bool:
    return target.startswith(base) and target[len(base) : len(base) + 1] in ("/", "?", "")


def _judge(call: LoggedCall, engine: Rehearsal, base: str, outcome: Outcome) -> None:
    """A call that was refused or failed then may do so again: who called, and what the API said, is not in a log."""
    operation, reason, violation = engine.decide(call.method, call.target)
    outcome.calls += 1
    was_let_in = 200 <= call.status < 400
    if reason is None or not was_let_in:
        outcome.agree += 1
        if reason is None and 400 <= call.status < 500:
            outcome.admitted[operation, call.status] += 1
        return
    key = (operation, reason)
    difference = outcome.differences.get(key)
    if difference is None:
        difference = outcome.differences[key] = Difference(operation, reason)
    difference.calls += 1
    if operation is None:
        _count(difference.shapes, (call.method, base + engine.path_shape(call.target[len(base) :])), (_HIDDEN, _HIDDEN))
    elif violation is not None:
        _count(difference.places, _shown(violation), (_HIDDEN, _HIDDEN, _HIDDEN))


def _shown(violation: Place) -> Place:
    where, name, keyword = violation
    # A name that nobody declared may be a value.
    hides = keyword == "undeclared" and _PLAIN_NAME.fullmatch(name) is None
    return (where, _HIDDEN if hides else name, keyword)
