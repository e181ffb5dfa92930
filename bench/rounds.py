"""Interleaved rounds: every proxy in turn, again and again, because the machine is shared; medians at the end."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import load
from bench.field import Proxy
from bench.measure import Cpu
from bench.payloads import Workload
from bench.processes import Failed

WARM_SECONDS = 1.0


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    niceness: int
    scratch: Path


@dataclass
class Cost:
    """What one proxy spent on one workload, round by round: microseconds of processor time per request."""

    total: list[float] = field(default_factory=list)
    user: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    dropped: list[float] = field(default_factory=list)  # share of calls without a record
    roles: dict[str, list[float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it stands in results.json."""
        return {
            "total_us": _short(self.total),
            "user_us": _short(self.user),
            "dropped_share": _short(self.dropped),
            "per_second": _short(self.per_second),
            "roles_us": {role: _short(each) for role, each in self.roles.items()},
        }

    def add(self, spent: dict[str, Cpu], requests: int, seconds: float, dropped: int) -> None:
        """One round."""
        self.dropped.append(dropped / requests)
        every = sum(spent.values(), Cpu())
        self.total.append(every.total / requests * 1e6)
        self.user.append(every.user / requests * 1e6)
        self.per_second.append(requests / seconds)
        for role, cpu in spent.items():
            self.roles.setdefault(role, []).append(cpu.total / requests * 1e6)


def _short(values: list[float]) -> list[float]:
    return [round(value, 3) for value in values]


# By workload, then by proxy.
Costs = dict[str, dict[str, Cost]]


def measure_all(proxies: list[Proxy], works: list[Workload], plan: Plan) -> Costs:
    """Every workload against every proxy, `plan.rounds` times."""
    costs: Costs = {work.name: {proxy.name: Cost() for proxy in proxies} for work in works}
    for number in range(plan.rounds):
        for work in works:
            for proxy in proxies:
                _measure_one(proxy, work, plan, costs[work.name][proxy.name])
            said = "  ".join(f"{name} {cost.total[-1]:.1f}" for name, cost in costs[work.name].items() if cost.total)
            print(f"bench: round {number + 1} {work.name}: {said} µs", file=sys.stderr, flush=True)
    return {work: {name: cost for name, cost in row.items() if cost.total} for work, row in costs.items()}


def _measure_one(proxy: Proxy, work: Workload, plan: Plan, cost: Cost) -> None:
    call = proxy.call(work)
    try:
        load.run_at_full_speed(call, WARM_SECONDS, plan.scratch, plan.niceness)
        before, dropped = proxy.cpu(), proxy.dropped_events()
        requests = load.run_at_full_speed(call, plan.seconds, plan.scratch, plan.niceness)
        after, dropped = proxy.cpu(), proxy.dropped_events() - dropped
    except Failed as problem:
        print(f"bench: {proxy.name}: {problem}", file=sys.stderr, flush=True)
        return
    spent = {role: cpu - before[role] for role, cpu in after.items() if role in before}
    cost.add(spent, requests, plan.seconds, dropped)


def measure_latency(proxies: list[Proxy], work: Workload, rate: int, plan: Plan) -> dict[str, list[load.Latency]]:
    """Latency at one rate for all, interleaved."""
    found: dict[str, list[load.Latency]] = {proxy.name: [] for proxy in proxies}
    for _ in range(plan.rounds):
        for proxy in proxies:
            try:
                found[proxy.name].append(
                    load.run_at_rate(proxy.call(work), rate, plan.seconds, plan.scratch, plan.niceness)
                )
            except Failed as problem:
                print(f"bench: {proxy.name} at {rate}/s: {problem}", file=sys.stderr, flush=True)
    return {name: rows for name, rows in found.items() if rows}
