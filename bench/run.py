"""`python -m bench.run`: start the field, measure section by section, write results.json and RESULTS.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as data_field
from functools import partial
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import adoption, body, firstclass_proxy, hotspots, load, report, rounds, scale, sizes
from bench.applications import APPLICATIONS
from bench.field import PEERS, Proxy, start_peer, start_upstream
from bench.figures import judge
from bench.payloads import Workload, workloads
from bench.processes import Failed, Process
from bench.setup import require_tools

RATE = 10_000


@dataclass
class Stage:
    """What the sections share: a scratch directory, an upstream, proxies."""

    scratch: Path
    plan: rounds.Plan
    works: list[Workload]
    without: set[str]
    rounds: int | None = None  # of the applications' drivers; None: as many as each says
    named: frozenset[str] = frozenset()  # applications; none: all of them
    upstream_port: int = 0
    started: list[Process] = data_field(default_factory=list)
    proxies: list[Proxy] = data_field(default_factory=list)

    def open_upstream(self) -> int:
        """Its port; started on first use."""
        if not self.upstream_port:
            process, self.upstream_port = start_upstream(self.scratch, self.works)
            self.started.append(process)
        return self.upstream_port

    def open_field(self) -> list[Proxy]:
        """All proxies, asked once for everything; one that cannot be had is named and left out."""
        if self.proxies:
            return self.proxies
        starters: dict[str, Callable[[], list[Proxy]]] = {name: partial(self._start_peer, name) for name in PEERS}
        starters["firstclass"] = self._start_ours
        for name, start in starters.items():
            if name in self.without:
                continue
            try:
                for proxy in start():
                    self.started.append(proxy.process)
                    for work in self.works:
                        proxy.check(work)
                    self.proxies.append(proxy)
            except Failed as problem:
                print(f"bench: left out: {name}: {problem}", file=sys.stderr, flush=True)
        return self.proxies

    def _start_peer(self, name: str) -> list[Proxy]:
        return [start_peer(name, self.scratch, self.open_upstream())]

    def _start_ours(self) -> list[Proxy]:
        upstream = self.open_upstream()
        bare = firstclass_proxy.start(self.scratch / "firstclass-bare", upstream, self.works, records=False)
        self.started.append(bare.process)
        gateway = firstclass_proxy.start(self.scratch / "firstclass", upstream, self.works)
        self.started.append(gateway.process)
        return [
            bare.opaque_side("firstclass-pass", "**Firstclass**, pass-through, no policies"),
            gateway.opaque_side("firstclass-recorded", "**Firstclass**, pass-through, every call leaves its event"),
            gateway,
        ]

    def close(self) -> None:
        """End everything, ours first."""
        for process in reversed(self.started):
            process.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)


def cost(stage: Stage) -> dict[str, Any]:
    """Processor time per request of everyone on everything."""
    proxies = stage.open_field()
    costs = rounds.measure_all(proxies, stage.works, stage.plan)
    return {
        "rounds": stage.plan.rounds,
        "seconds": stage.plan.seconds,
        "connections": load.CONNECTIONS,
        "works": {work.name: work.label for work in stage.works},
        "labels": {proxy.name: proxy.label for proxy in proxies},
        "costs": {work: {name: each.as_json() for name, each in row.items()} for work, row in costs.items()},
    }


def latency(stage: Stage) -> dict[str, Any]:
    """Latency of the 1 KB object at a steady rate."""
    proxies = stage.open_field()
    found = rounds.measure_latency(proxies, stage.works[0], RATE, stage.plan)
    return {
        "rate": RATE,
        "connections": load.PACED_CONNECTIONS,
        "rounds": stage.plan.rounds,
        "seconds": stage.plan.seconds,
        "labels": {proxy.name: proxy.label for proxy in proxies},
        "p50_ms": {name: [row.p50 for row in rows] for name, rows in found.items()},
        "p99_ms": {name: [row.p99 for row in rows] for name, rows in found.items()},
    }


def memory(stage: Stage) -> dict[str, Any]:
    """Resident memory of the engine process."""
    return sizes.resident(stage.scratch, stage.open_upstream(), stage.works)


def start(stage: Stage) -> dict[str, Any]:
    """Cold start and --help."""
    taken = sizes.start_seconds(stage.scratch, stage.open_upstream(), stage.works, stage.plan.rounds)
    return taken | {"help": sizes.help_seconds(2 * stage.plan.rounds + 1)}


def body_pass(stage: Stage) -> dict[str, Any]:
    """The body pass alone."""
    said, rate = body.run(max(stage.plan.rounds, 3))
    return {"said": said, "gigabytes_per_second": rate}


def profile(stage: Stage) -> dict[str, Any]:
    """The engine's hottest symbols, 1 KB and 16 KB."""
    ours = next((proxy for proxy in stage.open_field() if proxy.name == "firstclass"), None)
    if not isinstance(ours, firstclass_proxy.Gateway):
        raise Failed("no gateway of ours is running")
    works = [work for work in stage.works if work.name in ("get-1k", "get-16k")]
    return {
        "works": {work.name: work.label for work in works},
        "top": {
            work.name: hotspots.top_symbols(ours, work, stage.plan.seconds, stage.scratch, stage.plan.niceness)
            for work in works
        },
    }


def many(stage: Stage) -> dict[str, Any]:
    """A thousand operations and ten thousand keys."""
    return scale.measure_scale(stage.scratch, stage.open_upstream(), stage.works, stage.plan)


def applications(stage: Stage) -> dict[str, Any]:
    """Applications with contracts of their own, taken behind the gateway."""
    earlier = report.load().get("applications", {}).get("data", {}).get("applications", [])
    rows = {row["name"]: row for row in earlier if stage.named and row["name"] not in stage.named}
    for application in APPLICATIONS:
        if stage.named and application.name not in stage.named:
            continue
        try:
            scratch = stage.scratch / f"adopt-{application.name}"
            rows[application.name] = adoption.adopt(application, scratch, stage.rounds)
        except Failed as problem:
            print(f"bench: left out: {application.name}: {problem}", file=sys.stderr, flush=True)
    if not rows:
        raise Failed("no application could be started")
    return {"applications": [rows[each.name] for each in APPLICATIONS if each.name in rows]}


SECTIONS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "cost": cost,
    "latency": latency,
    "profile": profile,
    "memory": memory,
    "start": start,
    "body": body_pass,
    "scale": many,
    "applications": applications,
}
# Not part of a run that asks for nothing: it installs several gigabytes on first use.
BY_NAME_ONLY = ("applications",)


def main() -> int:
    """Run what was asked for; 1 where a section failed, 2 where a tool is missing."""
    options = _options()
    sections, failed = report.load(), False
    try:
        require_tools()
    except Failed as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    scratch = Path(tempfile.mkdtemp(prefix="fcb-"))
    scratch.chmod(0o755)  # nginx's worker is another user where we are root
    plan = rounds.Plan(
        options.rounds or (1 if options.quick else 5), 1.0 if options.quick else options.seconds, options.nice, scratch
    )
    stage = Stage(
        scratch, plan, workloads(), set(filter(None, options.without.split(","))), 1 if options.quick else None
    )
    stage.named = frozenset(filter(None, options.applications.split(",")))
    command = " ".join(["make bench" if len(sys.argv) == 1 else "python -m bench.run", *sys.argv[1:]])
    try:
        for name in (
            options.only.split(",") if options.only else [name for name in SECTIONS if name not in BY_NAME_ONLY]
        ):
            print(f"bench: {name}", file=sys.stderr, flush=True)
            mark = report.stamp(command)
            try:
                sections[name] = {"stamp": mark, "data": SECTIONS[name](stage)}
            except Failed as problem:
                failed = True
                print(f"error: {name}: {problem}", file=sys.stderr, flush=True)
                continue
            if not options.no_write:
                report.save(sections)
    finally:
        stage.close()
    print(report.render(sections))
    short = [judged.figure.name for judged in judge(sections) if judged.met is False]
    print(
        f"bench: {len(short)} figures fall short: {'; '.join(short)}"
        if short
        else "bench: no measured figure falls short",
        file=sys.stderr,
    )
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of a second each: a look, no result")
    parser.add_argument("--only", default="", metavar="NAME", help=f"sections, comma-separated: {', '.join(SECTIONS)}")
    parser.add_argument(
        "--without", default="", metavar="NAME", help=f"proxies to leave out: {', '.join(PEERS)}, firstclass"
    )
    parser.add_argument(
        "--applications", default="", metavar="NAME", help="of the section of that name; the others' rows stay"
    )
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement (3)")
    parser.add_argument("--nice", type=int, default=0, help="niceness of the load (0)")
    parser.add_argument("--no-write", action="store_true", help="leave results.json and RESULTS.md alone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
