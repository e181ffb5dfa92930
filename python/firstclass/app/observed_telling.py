"""What `dev` says about calls that enforce would refuse, and of which something is left out: a line for each kind,
again when it is ten times as many."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from firstclass.app.store_watch import StoreWatch
from firstclass.base.clock import format_time
from firstclass.model.counted import counted
from firstclass.model.errors import FirstclassError
from firstclass.publish import left_out, refused_answers
from firstclass.publish.modes import ApiModes, get_modes
from firstclass.publish.readiness import OPERATIONS, place_in_json, place_in_words, status_of, undeclared_in_words
from firstclass.storage import Store
from firstclass.storage.counts import FILE, Counts, PlaceCount

# A kind that was just met is given time to show how often it comes.
SETTLE_SECONDS = 2.0
TURN_SECONDS = 0.5
MOST_LINES_A_TURN = 10

_Kind = tuple[str, ...]


class ObservedTelling:
    """Looks at the counts in `data` once in a while."""

    def __init__(self, data: Path, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets lines for people."""
        self._data = data
        self._store = store
        self._say = say
        self._watch = StoreWatch(data / FILE)
        self._counts: Counts | None = None
        self._next = 0.0
        self._since = datetime.now(UTC)
        self._met: dict[_Kind, float] = {}
        self._told: dict[_Kind, int] = {}

    def turn(self) -> None:
        """Say what is new; returns at once where nothing is due."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + TURN_SECONDS
        if not self._watch.may_have_changed():
            return
        try:
            for line in self._lines(now):
                self._say(line)
        except FirstclassError:
            return  # control says what is wrong with the files

    def _lines(self, now: float) -> Iterator[str]:
        if self._counts is None:
            self._counts = Counts.open(self._data)
        with self._store.read() as reader:
            live = [get_modes(reader, head.api) for head in reader.bundles.heads() if head.hash is not None]
        said = 0
        for modes in live:
            for place in self._counts.places(modes.api, modes.hash, self._since.strftime("%Y-%m-%d")):
                if said < MOST_LINES_A_TURN and self._is_due(modes, place, now):
                    said += 1
                    yield sentence(modes, place)

    def _is_due(self, modes: ApiModes, place: PlaceCount, now: float) -> bool:
        is_told = place.decision == "allow" or place.rule_class in (OPERATIONS, refused_answers.CLASS)
        if place.keyword is None or not is_told or place.last_at < format_time(self._since):
            return False
        kind = (
            modes.api,
            *(part or "" for part in (place.operation, place.rule_class, place.place, place.name, place.keyword)),
        )
        if now - self._met.setdefault(kind, now) < SETTLE_SECONDS or place.calls < 10 * self._told.get(kind, 0):
            return False
        self._told[kind] = place.calls
        return True


def sentence(modes: ApiModes, place: PlaceCount) -> str:
    """`PATCH /users/{id}: body /shoe is undeclared; enforce would answer 400 — 12 calls from 2 applications`."""
    calls = counted(place.calls, "call")
    if place.rule_class == OPERATIONS:
        method, _, path = (place.name or "").partition(" ")
        return f"{undeclared_in_words(method, path, has_path=modes.has_path(path))} \u2014 {calls}"
    operation = next((each for each in modes.operations if each.id == place.operation), None)
    spelled = place.operation if operation is None else f"{operation.method} {modes.base_path}{operation.path}"
    callers = f" from {counted(place.applications, 'application')}" if place.applications else ""
    if place.keyword == left_out.KEYWORD:
        found = place_in_json(place)
        what = left_out.replaced(found) or f"{left_out.why(place.rule_class)}: {left_out.thing(found)}"
        return f"{spelled}: {what} \u2014 {calls}{callers}"
    if place.rule_class == refused_answers.CLASS:
        found = place_in_json(place)
        words = f"the answer is a {refused_answers.STATUS} in every mode: {refused_answers.what(found)}"
        return f"{spelled}: {words}; {refused_answers.to_do(found)} \u2014 {calls}{callers}"
    is_lenient = operation is not None and not operation.strict and place.keyword != "status"
    is_noted = place.rule_class == "conformance" and is_lenient
    answers = "responses: strict" if is_noted else "enforce"
    side = "the answer's " if place.rule_class == "conformance" else ""
    words = f"{side}{place_in_words(place)}; {answers} would answer {status_of(place.rule_class, place.keyword)}"
    return f"{spelled}: {words} \u2014 {calls}{callers}"
