"""Fixes for errors that an overlay can mend without knowing the API: what `check --fix` writes beside those of
harms."""

from __future__ import annotations

from collections.abc import Iterable

from firstclass.compiler import Diagnostic, Lowered
from firstclass.inventory.harms import Action
from firstclass.inventory.places import Location, Places, json_path

WAIVER = {"x-firstclass": {"pattern": "unchecked"}}


def find_mends(lowered: Lowered, errors: Iterable[Diagnostic]) -> list[Action]:
    """Waivers of patterns that no linear-time engine can hold."""
    places = Places(lowered.written)
    actions: list[Action] = []
    for error in errors:
        if error.code != "pattern_not_enforceable" or error.file != lowered.written.file:
            continue
        location = _location(places, error.pointer.removesuffix("/pattern"))
        if location is not None:
            actions.append(Action(json_path(location), WAIVER))
    return actions


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
