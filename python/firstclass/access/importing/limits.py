"""Limits of another gateway as plans: what our words say exactly, else the nearest that lets no more calls through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from firstclass.access.importing.foreign import Limit as ForeignLimit
from firstclass.model.plans import IMPORTED, QUOTA, RATE, Limit, Plan
from firstclass.model.rates import MAX_COUNT

# Windows of an hour and more are quotas: those count in windows, too, and survive a restart. Shorter ones are rates.
_UNITS = ((1, RATE, "second"), (60, RATE, "minute"), (3600, QUOTA, "hour"), (86400, QUOTA, "day"))
_MONTH_SECONDS = 30 * 86400
_ALL_UNITS = (*_UNITS, (_MONTH_SECONDS, QUOTA, "month"))
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Taken:
    """What became of a limit; `is_exact` False: it lets fewer calls through than the other gateway did."""

    limit: Limit
    is_exact: bool


def take(foreign: ForeignLimit) -> Taken | None:
    """The limit in our words; None where even the smallest would let more through."""
    candidates = [
        (count / unit, unit, kind, per, count)
        for unit, kind, per in _ALL_UNITS
        if (count := foreign.count if unit >= foreign.seconds else foreign.count * unit // foreign.seconds) > 0
    ]
    if not candidates:
        return None
    _, unit, kind, per, count = max(candidates, key=lambda each: (each[0], each[1] == foreign.seconds, each[1]))
    return Taken(Limit(kind, min(count, MAX_COUNT), (foreign.by,), per), unit == foreign.seconds)


def plan_of(foreign: Iterable[ForeignLimit]) -> Plan | None:
    """The plan that holds all of these; None: nothing limits. It is named by what it says, so two that say the same
    are one."""
    strictest: dict[tuple[str, str, tuple[str, ...]], Limit] = {}
    for each in foreign:
        if (taken := take(each)) is not None:
            key = (taken.limit.kind, taken.limit.per, taken.limit.by)
            known = strictest.get(key, taken.limit)
            strictest[key] = replace(taken.limit, count=min(known.count, taken.limit.count))
    if not strictest:
        return None
    periods = [per for _, _, per in _ALL_UNITS]
    limits = tuple(
        sorted(strictest.values(), key=lambda limit: (limit.kind != RATE, periods.index(limit.per), limit.by))
    )
    return Plan(_name(limits), limits)


def _name(limits: tuple[Limit, ...]) -> str:
    words = [
        f"{limit.count}-per-{limit.per}" + ("" if limit.by == ("application",) else "-by-" + "-".join(limit.by))
        for limit in limits
    ]
    name = IMPORTED + "-".join(words)
    if len(name) <= _LONGEST_NAME:
        return name
    return IMPORTED + hashlib.sha256(name.encode()).hexdigest()[:16]
