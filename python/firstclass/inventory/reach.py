"""What a stranger, an ordinary user and an approved application can reach, in sentences with the worst examples."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from firstclass.inventory.facts import WRITES, Facts, Operation
from firstclass.inventory.harms import Harm
from firstclass.inventory.rules.unchecked import is_unchecked
from firstclass.model.counted import counted

FIELDS = ("credential_returned", "classified_unmasked")
FOREIGN = ("id_without_owner", "id_walkable")
UNREAD = "masked_left_unread"
EXAMPLES = 3


@dataclass(frozen=True)
class Audience:
    """One kind of caller: counts, the worst examples, and the sentence that says them."""

    operations: int
    writes: int
    fields: int
    foreign: int
    examples: tuple[str, ...]
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """What `check --json` prints."""
        return {
            "operations": self.operations,
            "writes": self.writes,
            "fields": self.fields,
            "foreign": self.foreign,
            "examples": list(self.examples),
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Reach:
    """Who can reach what of one API."""

    operations: int
    stranger: Audience
    user: Audience
    application: Audience
    shut: int = 0
    """Operations at which nobody can sign in."""

    def as_json(self) -> dict[str, Any]:
        """What `check --json` prints."""
        audiences = {"stranger": self.stranger, "user": self.user, "application": self.application}
        return {"operations": self.operations, **{name: each.as_json() for name, each in audiences.items()}}


def find_reach(facts: Facts, harms: Sequence[Harm], unsatisfiable: Collection[int] = ()) -> Reach:
    """From who gets in and what was found; by the schemes that are `unsatisfiable` nobody does."""
    whole = facts.operations
    reachable = [operation for operation in whole if not _is_shut(operation, unsatisfiable)]
    open_ones = [operation for operation in whole if operation.is_open]
    by_credential = [operation for operation in reachable if operation.is_open or not _asks_for_scopes(operation)]
    shut = len(whole) - len(reachable)
    unchecked = tuple(each for each in whole if not each.is_open and is_unchecked(facts, each))
    return Reach(
        operations=len(whole),
        stranger=_audience(facts, harms, open_ones, shut, _stranger, unchecked),
        user=_audience(facts, harms, by_credential, shut, _user),
        application=_audience(facts, harms, reachable, shut, _application),
        shut=shut,
    )


def _is_shut(operation: Operation, unsatisfiable: Collection[int]) -> bool:
    """Whether each way in asks for something that nobody can have."""
    alternatives = operation.lowered["access"].get("any_of", [])
    return bool(alternatives) and all(any(each["scheme"] in unsatisfiable for each in way) for way in alternatives)


def _asks_for_scopes(operation: Operation) -> bool:
    alternatives = operation.lowered["access"].get("any_of", [])
    return bool(alternatives) and all(any(each["scopes"] for each in found) for found in alternatives)


@dataclass(frozen=True)
class _Reached:
    facts: Facts
    operations: list[Operation]
    writes: list[Operation]
    fields: list[Harm]
    foreign: list[Operation]
    unread: list[Harm]
    shut: int
    unchecked: tuple[Operation, ...] = ()


def _audience(
    facts: Facts,
    harms: Sequence[Harm],
    operations: list[Operation],
    shut: int,
    say: Any,
    unchecked: tuple[Operation, ...] = (),
) -> Audience:
    indices = {operation.index for operation in operations}
    fields = [harm for harm in harms if harm.code in FIELDS and harm.operations & indices]
    touched = frozenset().union(*(harm.operations for harm in harms if harm.code in FOREIGN))
    foreign = [operation for operation in operations if operation.index in touched]
    writes = [operation for operation in operations if operation.method in WRITES]
    unread = [harm for harm in harms if harm.code == UNREAD and harm.operations & indices]
    reached = _Reached(facts, operations, writes, fields, foreign, unread, shut, unchecked)
    examples = [harm.sample for harm in fields[:EXAMPLES]] + [_called(each) for each in foreign[:EXAMPLES]]
    return Audience(len(operations), len(writes), len(fields), len(foreign), tuple(examples), say(reached))


def _called(operation: Operation) -> str:
    return f"{operation.method} {operation.template}"


def _of(reached: _Reached) -> str:
    whole = len(reached.facts.operations)
    if len(reached.operations) == whole:
        return "the only operation" if whole == 1 else f"all {whole} operations"
    return f"{len(reached.operations)} of {counted(whole, 'operation')}"


def _stranger(reached: _Reached) -> str:
    if not reached.operations and reached.unchecked:
        return f"A stranger, with any text for a credential, reaches the API by {_by_any_text(reached)}."
    if not reached.operations:
        return "A stranger reaches nothing: every operation asks for a credential."
    unsaid = sum(operation.entry == "unsaid" for operation in reached.operations)
    nobody = " (the contract does not say who gets in)" if unsaid == len(reached.operations) else ""
    parts = [f"A stranger, without any credential, reaches {_of(reached)}{nobody}"]
    if reached.writes:
        parts.append(f"{_changes(reached)}, such as {_called(reached.writes[0])}")
    any_text = f" With any text for a credential, the API by {_by_any_text(reached)}." if reached.unchecked else ""
    return ", ".join(parts) + _fields(reached, "and sees") + "." + any_text


def _by_any_text(reached: _Reached) -> str:
    """Where the API alone checks who calls."""
    count = counted(len(reached.unchecked), "operation")
    return f"{count} that it alone checks callers of, such as {_called(reached.unchecked[0])}"


def _changes(reached: _Reached) -> str:
    return f"changes data with {len(reached.writes)} of them"


def _user(reached: _Reached) -> str:
    if not reached.operations:
        why = _shut(reached) or ": every operation asks for a scope"
        return f"An ordinary user, with any credential of this API, reaches nothing{why}."
    said = f"An ordinary user, with any credential of this API, reaches {_of(reached)}"
    if reached.foreign:
        count = "one of them" if len(reached.foreign) == 1 else f"{len(reached.foreign)} of them"
        said += f", and with {count} other people's objects by changing an id, such as {_called(reached.foreign[0])}"
    return said + _shut(reached) + "."


def _shut(reached: _Reached) -> str:
    """Where nobody can sign in at all."""
    if not reached.shut:
        return ""
    if reached.shut == len(reached.facts.operations):
        return ": nobody can sign in at any operation"
    return f"; at {counted(reached.shut, 'operation')} nobody can sign in"


def _application(reached: _Reached) -> str:
    if not reached.operations:
        return f"An approved application reaches nothing{_shut(reached) or ': the contract has no operation'}."
    said = f"An application that is approved for everything reaches {_of(reached)}"
    categories = reached.facts.lowered.document["categories"]
    masked = ""
    if categories:
        listed = ", ".join(sorted(categories)[:5])
        unread = [harm.sample for harm in reached.unread]
        masked = f" Masked for it, unless its subscription unmasks them: {listed}."
        if unread:
            kinds = ", ".join(sorted(set(unread))[:3])
            masked = f" Masked in JSON for it, unless its subscription unmasks them, but not in {kinds}: {listed}."
    return said + _fields(reached, "and sees") + _shut(reached) + "." + masked


def _fields(reached: _Reached, verb: str) -> str:
    if not reached.fields:
        return ""
    first = reached.fields[0]
    count = counted(len(reached.fields), "field")
    look = "looks" if len(reached.fields) == 1 else "look"
    return f", {verb} {count} unmasked that {look} classified, such as {first.sample}"
