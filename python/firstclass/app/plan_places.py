"""From the limit of a plan that an event names to the plan in the store and the line that says it."""

from __future__ import annotations

from typing import Any

from firstclass.app.settings import LoadedSettings
from firstclass.model.plans import Limit, Plan
from firstclass.publish.plans import limits_of
from firstclass.storage import Reader


def find_limit(reader: Reader, rule: str) -> tuple[Plan | None, Limit | None]:
    """What `plans/NAME/limits/INDEX` means; a plan that has changed since may have no such limit any more."""
    read = _read(rule)
    plan = None if read is None else reader.plans.find(read[0])
    if plan is None or read is None or read[1] >= len(plan.limits):
        return plan, None
    return plan, plan.limits[read[1]]


def find_plan_place(loaded: LoadedSettings, rule: str) -> dict[str, Any] | None:
    """Where the configuration says it; None where it says something else by now."""
    read = _read(rule)
    for index, entry in enumerate(loaded.settings.plans):
        if read is None or entry.name != read[0]:
            continue
        limits = list(limits_of(entry))
        below = limits[read[1]][0] if read[1] < len(limits) else ""
        place = loaded.find_place(f"/plans/{index}{below}")
        return None if place is None else vars(place)
    return None


def _read(rule: str) -> tuple[str, int] | None:
    match rule.split("/"):
        case ["plans", name, "limits", number] if number.isdigit():
            return name, int(number)
    return None
