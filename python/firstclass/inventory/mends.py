"""Fixes for errors that an overlay can mend without knowing the API: what `check --fix` writes beside those of
harms, and `init` at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from firstclass.compiler import Diagnostic, Lowered
from firstclass.inventory.harms import Action
from firstclass.inventory.places import Location, Places, json_path

WAIVER = {"x-firstclass": {"pattern": "unchecked"}}
WAIVED = "a pattern that cannot be held is waived; its length stays bounded"
NAMED = "each operation needs a name of its own, by which subscriptions call it"
_NAMING = ("duplicate_operation_id", "operation_id_invalid")

Mend = tuple[Action, str]


def find_mends(lowered: Lowered, errors: Iterable[Diagnostic]) -> list[Mend]:
    """Waivers of patterns that no linear-time engine can hold, and names for operations without one of their own; each
    with what it is for."""
    errors = list(errors)
    mends = [(action, WAIVED) for action in _waivers(lowered, errors)]
    return mends + [(action, NAMED) for action in name_apart(lowered, errors)]


def name_apart(lowered: Lowered, errors: Iterable[Diagnostic]) -> list[Action]:
    """Names for operations, where an error says that some have none of their own."""
    if not any(error.code in _NAMING for error in errors):
        return []
    return [action for action, _ in name_operations(lowered)]


def _waivers(lowered: Lowered, errors: Iterable[Diagnostic]) -> Iterator[Action]:
    places = Places(lowered.written)
    for error in errors:
        if error.code != "pattern_not_enforceable" or error.file != lowered.written.file:
            continue
        location = _location(places, error.pointer.removesuffix("/pattern"))
        if location is not None:
            yield Action(json_path(location), WAIVER)


def name_operations(lowered: Lowered) -> list[tuple[Action, int]]:
    """An action for each operation whose name another one before it has, or whose name is none; and its index."""
    places, operations = Places(lowered.written), lowered.document["operations"]
    taken = {each["id"] for each in operations}
    seen: set[str] = set()
    actions: list[tuple[Action, int]] = []
    for index, each in enumerate(operations):
        name = each["id"]
        if name and name not in seen:
            seen.add(name)
            continue
        template = lowered.document["paths"][each["path"]]["template"]
        name = _free(_derived(each["method"], template), taken | seen)
        seen.add(name)
        located = places.find(lowered.sources[f"operations/{index}"])
        actions += [(Action(json_path(location), {"operationId": name}), index) for location in located]
    return actions


def _derived(method: str, template: str) -> str:
    """`getUsersId`, as an operation without operationId is called."""
    words = re.findall("[A-Za-z0-9]+", template)
    return method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else next(each for n in count(2) if (each := f"{name}{n}") not in taken)


def _location(places: Places, pointer: str) -> Location | None:
    """The location that a JSON pointer names: the tree alone knows whether `200` is an index or a name."""
    location: Location = ()
    for part in pointer.split("/")[1:]:
        node = places.node_at(location)
        if node is None:
            return None
        name = part.replace("~1", "/").replace("~0", "~")
        location = (*location, int(name) if node.is_sequence and name.isdigit() else name)
    return location if places.node_at(location) is not None else None
