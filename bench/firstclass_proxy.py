"""Our gateway under test: `firstclass run` on the bench contract, with its processor time told apart by process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import measure
from bench.contract import API, contract, operation_id, settings
from bench.field import Proxy
from bench.payloads import Workload
from bench.processes import PROXY_CORE, Failed, Process, free_port

COMMAND = Path(sys.executable).parent / "firstclass"


@dataclass
class Gateway(Proxy):
    """A running gateway; `status` is its status port."""

    status: int = 0
    ready_seconds: float = 0.0
    ready_cpu_seconds: float = 0.0

    def cpu(self) -> dict[str, measure.Cpu]:
        """The engine's threads, control and supervisor apart; together they are the whole tree."""
        children = self.children()
        threads = measure.cpu_of_threads(children["engine"])
        worker = threads.get("worker", measure.Cpu())
        return {
            "engine workers": worker,
            "engine, other threads": measure.cpu_of_tree(children["engine"]) - worker,
            "control": measure.cpu_of_tree(children["control"]),
            "supervisor": measure.cpu_of(self.process.pid),
        }

    def dropped_events(self) -> int:
        """What the gateway itself counts."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status}/metrics", timeout=5) as answer:
            found = re.findall(r"^firstclass_events_dropped_total\S* (\d+)", answer.read().decode(), re.MULTILINE)
        return sum(map(int, found))

    def children(self) -> dict[str, int]:
        """Process ids of engine and control.

        Raises:
            Failed: one of them is not there.
        """
        found: dict[str, int] = {}
        for pid in measure.tree_of(self.process.pid)[1:]:
            for role, module in (("engine", "firstclass.engine"), ("control", "firstclass.app.control")):
                if module in measure.command_of(pid):
                    found.setdefault(role, pid)
        if len(found) < 2:
            raise Failed(f"firstclass: no engine or no control process: {self.process.tail()}")
        return found

    def opaque_side(self, name: str, label: str) -> Gateway:
        """The same gateway under another name, asked for the public operations whose bodies it does not read."""
        return replace(
            self,
            name=name,
            label=label,
            masks=False,
            opaque=True,
            credential=("X-Client-Version", "4.12.0"),
        )


def prepare(
    place: Path, upstream_port: int, works: list[Workload], more_operations: int = 0, workers: int = 1
) -> tuple[int, int]:
    """Write the files of a gateway into a new directory; its traffic and status ports."""
    place.mkdir()
    traffic, control, status = free_port(), free_port(), free_port()
    (place / "openapi.json").write_text(contract(works, more_operations))
    (place / "firstclass.yaml").write_text(settings(upstream_port, traffic, control, status, workers))
    return traffic, status


def run(place: Path, *arguments: str) -> dict[str, Any]:
    """One command of ours, with --json.

    Raises:
        Failed: it did not exit with 0.
    """
    if not COMMAND.exists():
        raise Failed(f"{COMMAND} is absent\nhint: make setup")
    done = subprocess.run([str(COMMAND), "--json", *arguments], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"firstclass {' '.join(arguments)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def start_prepared(
    place: Path, traffic: int, status: int, *, seconds: float = 60.0, cores: str = PROXY_CORE, records: bool = True
) -> Gateway:
    """`firstclass run` until /readyz says 200; how long that took is in the result. `records`: calls leave events.

    Raises:
        Failed: it does not become ready.
    """
    began = time.monotonic()
    command = [str(COMMAND)] if records else [sys.executable, str(Path(__file__).with_name("unrecorded.py"))]
    process = Process([*command, "run"], cores, place / "log", directory=place)
    while not _ready(status):
        if not process.running or time.monotonic() - began > seconds:
            process.stop()
            raise Failed(f"firstclass run is not ready: {process.tail()}")
        time.sleep(0.005)
    return Gateway(
        "firstclass",
        "**Firstclass**, all policies",
        traffic,
        process,
        masks=True,
        status=status,
        ready_seconds=time.monotonic() - began,
        ready_cpu_seconds=measure.cpu_of_tree(process.pid).total,
    )


def start(place: Path, upstream_port: int, works: list[Workload], *, records: bool = True) -> Gateway:
    """A gateway with one application, subscribed to everything, and its key."""
    traffic, status = prepare(place, upstream_port, works)
    run(place, "apply")
    application = run(place, "applications", "create", "bench", "--owner", "bench@example.org")["id"]
    operations = ",".join(operation_id(work) for work in works)
    run(place, "subscriptions", "create", application, "--api", API, "--operations", operations)
    key = run(place, "keys", "issue", application, "--expires", "1d")["key"]
    gateway = start_prepared(place, traffic, status, records=records)
    gateway.credential = ("X-API-Key", key)
    return gateway


def _ready(status: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{status}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
