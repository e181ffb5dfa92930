"""Where the engine's time goes: perf on its process while the load runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from pathlib import Path

from bench import load
from bench.firstclass_proxy import Gateway
from bench.payloads import Workload
from bench.processes import LOAD_CORE, Failed

TOP = 40
Row = tuple[float, str, str]
# Share, thread, object file, symbol; newer versions of perf add two columns for inlined callers.
_LINE = re.compile(r"\s*([\d.]+)%\s+(\S+)\s+(\S+)\s+\[.\]\s+(\S.*?)(?:\s+-\s+-)?\s*$")


def top_symbols(gateway: Gateway, work: Workload, seconds: float, scratch: Path, niceness: int) -> list[Row]:
    """(share in percent, thread and object file, symbol) of the hottest symbols.

    Raises:
        Failed: perf is not there or may not look.
    """
    if shutil.which("perf") is None:
        raise Failed("perf is not installed\nhint: sudo apt-get install -y linux-perf")
    recording = scratch / f"perf-{work.name}.data"
    call = gateway.call(work)
    pressing = threading.Thread(target=load.run_at_full_speed, args=(call, seconds + 2, scratch, niceness))
    pressing.start()
    try:
        command = [
            "nice",
            "-n",
            str(niceness),
            "taskset",
            "-c",
            LOAD_CORE,
            "perf",
            "record",
            "-F",
            "2999",
            "-o",
            str(recording),
            "-p",
            str(gateway.children()["engine"]),
            "--",
            "sleep",
            str(seconds),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        pressing.join()
    if done.returncode != 0:
        raise Failed(f"perf record: {done.stderr.strip()[-300:]}")
    report = [
        "perf",
        "report",
        "-i",
        str(recording),
        "--stdio",
        "--no-children",
        "--sort",
        "comm,dso,symbol",
        "--percent-limit",
        "0.3",
    ]
    said = subprocess.run(report, capture_output=True, text=True, check=False).stdout
    rows = []
    for line in said.splitlines():
        if found := _LINE.match(line):
            rows.append((float(found[1]), f"{found[2]}, {found[3]}", found[4][:110]))
    return rows[:TOP]
