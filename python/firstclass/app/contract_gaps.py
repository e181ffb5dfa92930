"""What `init` writes where a contract says too little: names for operations that share one, and, for an API with
callers, what keeps answers as they are that the contract does not describe. `check` tells it before the first call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from firstclass.compiler import Diagnostic, Lowered
from firstclass.inventory.emptied import Emptied, Kind, declare_anything, find_emptied
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Action
from firstclass.inventory.mends import name_operations
from firstclass.model.counted import counted
from firstclass.publish.contracts import CompiledApi

_NAMES = ("duplicate_operation_id", "operation_id_invalid")
_KEPT: dict[Kind, str] = {
    "members": "The contract names nothing here: anything may leave, as today. Name the properties to close it.",
    "bodies": "The contract declares no content: anything may leave, as today. Declare it to close it.",
    "locations": "Where a redirect leads, or what was made lies, leaves as today.",
}
_TOLD: dict[Kind, tuple[str, str, str]] = {
    "members": (
        "answer_emptied",
        "{of} answers with objects that name no properties: what they hold is left out, in every mode",
        "name the properties (additionalProperties: true lets any one leave, and what lies below it needs a schema of"
        " its own); firstclass init writes what keeps them where an API runs already",
    ),
    "bodies": (
        "answer_without_content",
        "{of} declares successes without content: the body that the API sends is left out, in every mode",
        "declare content, or 204 where there is none; firstclass init writes what keeps it where an API runs already",
    ),
    "locations": (
        "location_undeclared",
        "{of} answers 201 or 3XX and declares no Location: it is left out, in every mode",
        "headers: {Location: {schema: {type: string}}} on the response; firstclass init writes it where an API runs"
        " already",
    ),
}


def name_apart(lowered: Lowered, errors: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Overlay actions that give each operation a name of its own, where an error says that some have none."""
    if not any(error.code in _NAMES for error in errors):
        return []
    description = "Subscriptions call operations by name: each needs one of its own."
    return [_written(action, description) for action, _ in name_operations(lowered)]


def keep_answers(lowered: Lowered) -> list[dict[str, Any]]:
    """Overlay actions by which answers stay as they are where the contract describes nothing of them."""
    facts = Facts(lowered)
    found = [(action, _KEPT[each.kind]) for each in find_emptied(facts) for action in each.actions]
    if any("$ref" in str(action.update) for action, _ in found):
        found.insert(0, (declare_anything(facts), "What the answers below hold that nothing describes."))
    written: list[dict[str, Any]] = []
    for action, description in found:
        if (one := _written(action, description)) not in written:
            written.append(one)
    return written


def find_gaps(results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each contract and kind, at the first place."""
    for result in results:
        lowered = result.compiled.lowered
        if lowered is None:
            continue
        facts = Facts(lowered)
        by_kind: dict[Kind, list[Emptied]] = {}
        for each in find_emptied(facts):
            by_kind.setdefault(each.kind, []).append(each)
        yield from (_told(kind, every, len(facts.operations)) for kind, every in by_kind.items())


def _told(kind: Kind, every: list[Emptied], operations: int) -> Diagnostic:
    code, message, hint = _TOLD[kind]
    names = list(dict.fromkeys(name for each in every for name in each.operations))
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    message = message.format(of=f"{len(names)} of {counted(operations, 'operation')}")
    if len(names) > 1:
        for one, many in ((" answers ", " answer "), (" declares ", " declare ")):
            message = message.replace(one, many)
    where = every[0].node.key_where
    return Diagnostic(
        code=code,
        message=f"{message}: {listed}",
        file=where.file,
        line=where.line or 1,
        column=where.column or 1,
        pointer=where.pointer or "",
        hint=hint,
        severity="warning",
    )


def _written(action: Action, description: str) -> dict[str, Any]:
    return {"target": action.target, "description": description, "update": action.update}
