"""The long runs (`make soak`): fuzzing, kill points, a million hostile inputs; results go to `tests/soak/results`."""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from typing import Any

from fuzzing import SoakError, fuzz
from hostile_inputs import attack
from machine import ROOT, write_result

SECTIONS = ("fuzzing", "kill_points", "gateway_kill_points", "hostile_inputs")


def kill_points(points: int) -> dict[str, Any]:
    """Writers over the store alone: the test that `make test` runs with 200 points, with more of them."""
    return _killed("test_store_kill_points.py", "FIRSTCLASS_KILL_POINTS", points)


def gateway_kill_points(points: int) -> dict[str, Any]:
    """A running gateway and commands beside it: the test that `make test` runs with 12 points, with more of them."""
    return _killed("test_gateway_kill_points.py", "FIRSTCLASS_GATEWAY_KILL_POINTS", points)


def _killed(test: str, variable: str, points: int) -> dict[str, Any]:
    print(f"soak: {points:,} kill points of {test}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "--timeout", "7200", "-s", f"tests/functional/{test}"]
    run = subprocess.run(["env", f"{variable}={points}", *command], cwd=ROOT, capture_output=True, text=True)
    told = re.search(r"(\d+) (?:gateway )?kill points, (\d+) acknowledged changes", run.stdout)
    if run.returncode != 0:
        print(run.stdout[-4000:], run.stderr[-2000:], flush=True)
    return {
        "kill_points": int(told[1]) if told else 0,
        "acknowledged_changes": int(told[2]) if told else 0,
        "lost": 0 if run.returncode == 0 else "see the test's output",
        "seconds": round(time.monotonic() - started),
    }


def is_sound(name: str, result: dict[str, Any]) -> bool:
    """Whether nothing was found."""
    match name:
        case "fuzzing":
            return not any(target["crashes"] for target in result["targets"].values())
        case "kill_points" | "gateway_kill_points":
            return bool(result["lost"] == 0)
        case _:
            return not result["findings"]


def main() -> int:
    """Run what is asked for; 1 if anything was found, 5 if a run could not be made."""
    reader = argparse.ArgumentParser(prog="make soak", description=__doc__)
    reader.add_argument("--only", choices=SECTIONS, action="append", help="this section (repeatable)")
    reader.add_argument("--seconds", type=int, default=60, help="for each fuzz target")
    reader.add_argument("--kill-points", type=int, default=1000)
    reader.add_argument("--gateway-kill-points", type=int, default=200)
    reader.add_argument("--inputs", type=int, default=1_001_000, help="hostile inputs; some turn out equal")
    reader.add_argument("--seed", type=int, default=random.randrange(2**32))
    wish = reader.parse_args()
    sections = {
        "fuzzing": lambda: fuzz(wish.seconds),
        "kill_points": lambda: kill_points(wish.kill_points),
        "gateway_kill_points": lambda: gateway_kill_points(wish.gateway_kill_points),
        "hostile_inputs": lambda: attack(wish.inputs, wish.seed),
    }
    sound = True
    for name in wish.only or SECTIONS:
        try:
            result = sections[name]()
        except SoakError as problem:
            print(f"error: {problem}", file=sys.stderr)
            return 5
        write_result(name, result)
        verdict = is_sound(name, result)
        print(
            f"soak: {name}: {'nothing found' if verdict else 'FOUND SOMETHING'}; tests/soak/results/{name}.json",
            flush=True,
        )
        sound = sound and verdict
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
