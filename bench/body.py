"""The body pass alone, measured by the engine's own example program on one core."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
from pathlib import Path

from bench.processes import PROXY_CORE, Failed

ROOT = Path(__file__).resolve().parent.parent
_CARGO = ["--quiet", "--release", "--locked", "-p", "firstclass-body", "--example", "throughput"]
_LINE = re.compile(r"^list of 500 objects .*?([\d.]+) MB/s", re.MULTILINE)


def run(times: int) -> tuple[str, float]:
    """What the example prints, and the rate of its 100 KB list in 10^9 bytes of input a second: a median.

    Raises:
        Failed: it cannot be built, or prints no such line.
    """
    if shutil.which("cargo") is None:
        raise Failed("no Rust toolchain (cargo) was found")
    if subprocess.run(["cargo", "build", *_CARGO], cwd=ROOT, check=False).returncode != 0:
        raise Failed("the example program of engine/body cannot be built here")
    command = ["taskset", "-c", PROXY_CORE, "cargo", "run", *_CARGO]
    said = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False).stdout
        for _ in range(times)
    ]
    rates = [float(found[1]) / 1000 for text in said if (found := _LINE.search(text))]
    if not rates:
        raise Failed(f"the example program of engine/body said: {said[0][:300]}")
    return said[-1], statistics.median(rates)
