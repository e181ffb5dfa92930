"""Each parser under libFuzzer. What it breaks on becomes a file of the corpus, which `make test` judges ever after."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from machine import ROOT

CORPUS = ROOT / "engine" / "fuzz" / "corpus"
# Coverage of LLVM's own making, which stable Rust has too; arithmetic that wraps unasked is a finding.
FLAGS = (
    "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
    " -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks"
)
HANG_SECONDS = 5
MEMORY_MB = 1024
LONGEST_INPUT = 4096


class SoakError(Exception):
    """The run could not be made; its text says what is missing."""


def fuzz(seconds: int) -> dict[str, Any]:
    """Every target for so long."""
    program = _build()
    targets = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
    return {"seconds_each": seconds, "targets": {name: _search(program, name, seconds) for name in targets}}


def _build() -> list[str]:
    if shutil.which("c++") is None:
        raise SoakError("libFuzzer is compiled by a C++ compiler, and none was found\nhint: apt-get install g++")
    told = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"^host: (.+)$", told, re.MULTILINE)
    assert host is not None
    # With a target named, build scripts are compiled without the flags.
    build = ["--release", "--locked", "--quiet", "--target", host[1], "--package", "firstclass-fuzz"]
    settings = ["--config", "profile.release.lto=false", "--config", "profile.release.debug=0"]
    cargo = ["env", f"RUSTFLAGS={FLAGS}", "cargo", *settings]
    subprocess.run([*cargo, "build", *build, "--features", "libfuzzer", "--bin", "fuzz"], cwd=ROOT, check=True)
    return [*cargo, "run", *build, "--features", "libfuzzer", "--bin", "fuzz", "--"]


def _search(program: list[str], target: str, seconds: int) -> dict[str, Any]:
    print(f"soak: fuzzing {target} for {seconds} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="firstclass-fuzz-") as folder:
        new, broken = Path(folder, "new"), Path(folder, "broken")
        new.mkdir()
        broken.mkdir()
        limits = [f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST_INPUT}"]
        options = [f"-max_total_time={seconds}", f"-dict={CORPUS / target}.dict", "-print_final_stats=1"]
        command = ["env", f"FIRSTCLASS_FUZZ_TARGET={target}", *program, *limits, *options]
        run = subprocess.run(
            [*command, f"-artifact_prefix={broken}/", str(new), str(CORPUS / target)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
        )
        found = sorted(broken.iterdir())
        for path in found:
            shutil.copy(path, CORPUS / target / path.name)
        if run.returncode != 0:
            print(run.stderr[-4000:], flush=True)
        kept = sum(1 for _ in new.iterdir())
    executions = re.search(r"stat::number_of_executed_units:\s*(\d+)", run.stderr)
    memory = re.search(r"stat::peak_rss_mb:\s*(\d+)", run.stderr)
    edges = re.findall(r"cov: (\d+)", run.stderr)
    return {
        "executions": int(executions[1]) if executions else 0,
        "edges": int(edges[-1]) if edges else 0,
        "inputs_that_reached_something_new": kept,
        "peak_memory_mb": int(memory[1]) if memory else None,
        "crashes": [path.name for path in found] if found else ([] if run.returncode == 0 else ["unknown"]),
    }
