"""The promised figures: each with what is demanded now, the goal, and how it follows from what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.adoption_report import count_of, enforced_share, refused_share

Sections = dict[str, Any]
OURS, PASS = "firstclass", "firstclass-pass"
AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True)
class Figure:
    """One line of the table of promises."""

    name: str
    sense: str
    now: float | None
    """None: nothing is demanded; it is told beside those of which something is."""
    goal: float | None
    unit: str
    value: Callable[[Sections], float | list[float] | None]
    """Of a list, one for each round, the median counts."""


@dataclass(frozen=True)
class Judged:
    """A figure with its value in this run; None: not measured."""

    figure: Figure
    value: float | None
    rounds: list[float]

    @property
    def met(self) -> bool | None:
        """None: not measured, or nothing is demanded."""
        if self.value is None or self.figure.now is None:
            return None
        return self._reaches(self.value, self.figure.now)

    @property
    def reached_goal(self) -> bool:
        """In every round: a goal that one round misses is not reached yet."""
        goal = self.figure.goal
        return self.value is not None and goal is not None and self._all_reach(goal)

    @property
    def met_in_every_round(self) -> bool:
        return self.figure.now is not None and self._all_reach(self.figure.now)

    def _all_reach(self, bound: float) -> bool:
        values = self.rounds or ([] if self.value is None else [self.value])
        return all(self._reaches(value, bound) for value in values)

    def _reaches(self, value: float, bound: float) -> bool:
        return value >= bound if self.figure.sense == AT_LEAST else value <= bound


def _costs(sections: Sections, work: str) -> dict[str, list[float]]:
    rows = sections.get("cost", {}).get("data", {}).get("costs", {}).get(work, {})
    return {name: row["total_us"] for name, row in rows.items()}


def ratio(sections: Sections, work: str, ours: str, other: str) -> float | None:
    """Requests per processor second of one proxy over another's: median over rounds, each compared within itself."""
    rounds = _ratios(sections, work, ours, other)
    return statistics.median(rounds) if rounds else None


def _ratios(sections: Sections, work: str, ours: str, other: str) -> list[float]:
    costs = _costs(sections, work)
    if ours not in costs or other not in costs:
        return []
    return [theirs / mine for mine, theirs in zip(costs[ours], costs[other], strict=False)]


def _against(work: str, ours: str, other: str) -> Callable[[Sections], list[float]]:
    return lambda sections: _ratios(sections, work, ours, other)


def _added(work: str) -> Callable[[Sections], list[float]]:
    def value(sections: Sections) -> list[float]:
        costs = _costs(sections, work)
        if OURS not in costs or PASS not in costs:
            return []
        return [a - b for a, b in zip(costs[OURS], costs[PASS], strict=False)]

    return value


def _from(section: str, key: str) -> Callable[[Sections], float | None]:
    def value(sections: Sections) -> float | None:
        data: dict[str, float] = dict(sections.get(section, {}).get("data", {}))
        return data.get(key)

    return value


def _latency(sections: Sections) -> list[float]:
    rows: dict[str, list[float]] = sections.get("latency", {}).get("data", {}).get("p99_ms", {})
    if OURS not in rows or "nginx" not in rows:
        return []
    return [mine / theirs for mine, theirs in zip(rows[OURS], rows["nginx"], strict=False)]


FIGURES = (
    Figure(
        "pass-through without policies, 1 KB, against nginx plain",
        AT_LEAST,
        1.25,
        1.4,
        "",
        _against("get-1k", PASS, "nginx"),
    ),
    Figure("the same, 16 KB", AT_LEAST, 1.3, 1.6, "", _against("get-16k", PASS, "nginx")),
    Figure("all policies, 1 KB, against nginx plain", AT_LEAST, 1.0, 1.2, "", _against("get-1k", OURS, "nginx")),
    Figure("the same against Envoy's policies", AT_LEAST, 4, 6, "", _against("get-1k", OURS, "envoy-policies")),
    Figure("the same against Lua's policies", AT_LEAST, 2.3, 3, "", _against("get-1k", OURS, "nginx-lua")),
    Figure("all policies, 16 KB, against nginx plain", AT_LEAST, 0.8, 1.1, "", _against("get-16k", OURS, "nginx")),
    Figure("the same against Envoy's policies", AT_LEAST, 15, 25, "", _against("get-16k", OURS, "envoy-policies")),
    Figure("the same against Lua's policies", AT_LEAST, 7, 10, "", _against("get-16k", OURS, "nginx-lua")),
    Figure("what policies add to our own pass-through, 1 KB", AT_MOST, 3, 2, "µs", _added("get-1k")),
    Figure("the same, 16 KB", AT_MOST, 14, 8, "µs", _added("get-16k")),
    Figure(
        "both directions: POST of 1 KB, against nginx plain",
        AT_LEAST,
        None,
        None,
        "",
        _against("post-1k", OURS, "nginx"),
    ),
    Figure("the same, 16 KB", AT_LEAST, None, None, "", _against("post-16k", OURS, "nginx")),
    Figure("what policies add to both directions, 1 KB", AT_MOST, None, None, "µs", _added("post-1k")),
    Figure("the same, 16 KB", AT_MOST, None, None, "µs", _added("post-16k")),
    Figure(
        "100 KB list validated, projected and masked, per core",
        AT_LEAST,
        1.2,
        2.2,
        "GB/s",
        _from("body", "gigabytes_per_second"),
    ),
    Figure("p99 at 10,000/s against nginx at the same rate", AT_MOST, 1.5, 1.1, "", _latency),
    Figure("engine process resident, empty", AT_MOST, 60, None, "MB", _from("memory", "empty_mb")),
    Figure(
        "engine process resident, 100,000 keys and 1,000 operations",
        AT_MOST,
        200,
        None,
        "MB",
        _from("memory", "full_mb"),
    ),
    Figure("cold start of `run` to ready, empty data directory", AT_MOST, 2, None, "s", _from("start", "first")),
    Figure("`firstclass --help`", AT_MOST, 0.2, None, "s", _from("start", "help")),
    Figure("applications: calls refused once enforced, in 100,000", AT_MOST, 1, None, "", refused_share),
    Figure("applications: operations enforced of those served", AT_LEAST, 90, None, "%", enforced_share),
    Figure("applications with contracts of their own", AT_LEAST, 5, None, "", count_of("applications")),
    Figure("applications: calls with rules enforced", AT_LEAST, 100_000, None, "", count_of("calls")),
)


def judge(sections: Sections) -> list[Judged]:
    """Every figure with its value."""
    return [_judged(figure, figure.value(sections)) for figure in FIGURES]


def _judged(figure: Figure, value: float | list[float] | None) -> Judged:
    if isinstance(value, list):
        return Judged(figure, statistics.median(value) if value else None, value)
    return Judged(figure, value, [])
