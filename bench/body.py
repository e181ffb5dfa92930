"""The body pass alone, measured by the engine's own example program on one core."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from bench.processes import PROXY_CORE

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "engine/body/examples/throughput.rs"


def run(seconds: float = 300.0) -> str | None:
    """What the example prints; None where there is no example or no compiler."""
    if not EXAMPLE.exists() or shutil.which("cargo") is None:
        return None
    build = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "firstclass-body", "--example", "throughput"]
    if subprocess.run(build, cwd=ROOT, check=False).returncode != 0:
        return None
    command = [
        "taskset",
        "-c",
        PROXY_CORE,
        *["cargo" if word == "cargo" else "run" if word == "build" else word for word in build],
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False).stdout


def gigabytes_per_second(said: str) -> float | None:
    """The rate of the 100 KB list with every rule, in units of 10^9 bytes of input."""
    for line in said.splitlines():
        if "100" in line and (found := re.search(r"([\d.,]+)\s*(GB|MB)/s", line)):
            return float(found[1].replace(",", "")) / (1 if found[2] == "GB" else 1000)
    return None
