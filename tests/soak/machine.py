"""What a result was measured on and from: nothing that names a person, a host or a path."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"


def write_result(name: str, result: dict[str, Any]) -> None:
    """The result beside its commit and machine, as `results/NAME.json`."""
    RESULTS.mkdir(exist_ok=True)
    stamped = {"date": datetime.now(UTC).date().isoformat(), "commit": _commit(), "machine": _machine(), **result}
    text = json.dumps(stamped, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!tests/soak/results")
    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "kernel": platform.release().split("-")[0], "architecture": platform.machine()}
