"""The modes of an API as they are in effect, and how people and steps back change them. What the store says wins over
the contract and the file; what they say anew wins over the store."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from firstclass.base.modes import OBSERVE, RULE_CLASSES, modes_of_bundle
from firstclass.model.errors import Exit, FirstclassError
from firstclass.model.suggestions import did_you_mean
from firstclass.storage import Reader, Store
from firstclass.storage.change import Change
from firstclass.storage.modes import StoredMode

CONFORMANCE = "conformance"
STEPPED_BACK: Final = "stepped_back"


@dataclass(frozen=True)
class OperationModes:
    """The modes of one operation: `declared` in contract and file, `stored` at run time."""

    id: str
    method: str
    path: str
    strict: bool
    declared: Mapping[str, int]
    stored: Mapping[str, StoredMode]

    def share(self, rule_class: str) -> int:
        """How many of ten thousand callers are held to a class of rules."""
        stored = self.stored.get(rule_class)
        return self.declared[rule_class] if stored is None else stored.share

    def shares(self) -> dict[str, int]:
        """The share of every class."""
        return {name: self.share(name) for name in RULE_CLASSES}

    def counted(self) -> list[str]:
        """The classes whose mode changes what is refused. What its answers may break without being refused
        (`responses: record`) is no matter of modes."""
        return [name for name in RULE_CLASSES if self.strict or name != CONFORMANCE]

    @property
    def has_stepped_back(self) -> bool:
        """Whether its answers are observed because too many of them were refused."""
        stored = self.stored.get(CONFORMANCE)
        return stored is not None and stored.why == STEPPED_BACK


@dataclass(frozen=True)
class ApiModes:
    """The modes of one API's live contract, `hash` its bundle's."""

    api: str
    hash: str
    base_path: str
    operations: tuple[OperationModes, ...]

    def has_path(self, path: str) -> bool:
        """Whether the contract has this path, base path and all, for some method."""
        return any(self.base_path + operation.path == path for operation in self.operations)

    def get(self, name: str) -> OperationModes:
        """An operation by its id.

        Raises:
            FirstclassError: unknown_operation.
        """
        found = next((operation for operation in self.operations if operation.id == name), None)
        if found is None:
            hint = did_you_mean(name, [operation.id for operation in self.operations])
            message = f"{self.api} has no operation {name!r}"
            raise FirstclassError("unknown_operation", message, hint=hint, exit_code=Exit.NOT_FOUND)
        return found


def get_modes(reader: Reader, api: str) -> ApiModes:
    """The modes of an API as they are now.

    Raises:
        FirstclassError: unknown_api.
    """
    bundle = reader.bundles.get(api)
    document, stored = json.loads(bundle.payload), reader.modes.of(api)
    operations = tuple(
        OperationModes(
            id=operation["id"],
            method=operation["method"],
            path=document["paths"][operation["path"]]["template"],
            strict=operation["strict"],
            declared=modes_of_bundle(operation["mode"]),
            stored=stored.get(operation["id"], {}),
        )
        for operation in document["operations"]
    )
    return ApiModes(api, bundle.hash, document["api"]["base_path"], operations)


def set_shares(
    store: Store,
    api: str,
    wanted: Mapping[str, Collection[str]],
    share: int,
    *,
    actor: str,
    lowers: bool = False,
) -> dict[str, list[str]]:
    """Hold `share` of the callers to the `wanted` classes of operations; what changed, by operation.

    A class that more callers are held to already stays as it is, unless this `lowers` it. One transaction.
    """
    action = "mode.observe" if lowers else "mode.enforce"
    with store.change(actor, action) as change:
        modes = get_modes(change, api)
        shares: dict[str, dict[str, int | None]] = {}
        for name, classes in wanted.items():
            operation = modes.get(name)
            for rule_class in RULE_CLASSES:
                held = operation.share(rule_class)
                if rule_class in classes and (held > share if lowers else held < share):
                    as_declared = operation.declared[rule_class] == share
                    shares.setdefault(name, {})[rule_class] = None if as_declared else share
        if shares:
            change.put_modes(api, shares)
    return {name: list(classes) for name, classes in shares.items()}


def step_back(store: Store, api: str, operation: str, *, actor: str) -> bool:
    """Make it last that an operation's answers are only observed; whether that was news."""
    with store.read() as reader:
        if not _is_held(reader, api, operation):
            return False
    with store.change(actor, "mode.step_back") as change:
        if not _is_held(change, api, operation):
            return False
        change.put_modes(api, {operation: {CONFORMANCE: OBSERVE}}, STEPPED_BACK)
    return True


def _is_held(reader: Reader, api: str, operation: str) -> bool:
    if reader.bundles.find(api) is None:
        return False
    found = [each for each in get_modes(reader, api).operations if each.id == operation]
    return bool(found) and found[0].share(CONFORMANCE) > OBSERVE


def forget_overruled(change: Change, api: str, document: Mapping[str, Any]) -> None:
    """Where the bundle that is about to go live declares another mode than the one before, somebody has just said so in
    the contract or the file: what the store said of that class of that operation is forgotten."""
    stored, live = change.modes.of(api), change.bundles.find(api)
    if not stored or live is None:
        return
    before = {each["id"]: modes_of_bundle(each["mode"]) for each in json.loads(live.payload)["operations"]}
    after = {each["id"]: modes_of_bundle(each["mode"]) for each in document["operations"]}
    overruled: dict[str, dict[str, int | None]] = {}
    for name, classes in stored.items():
        for rule_class in classes:
            if name not in after or before.get(name, {}).get(rule_class) != after[name][rule_class]:
                overruled.setdefault(name, {})[rule_class] = None
    if overruled:
        change.put_modes(api, overruled)
