"""Many operations and many keys at once: compile and load times, and decisions per second of processor time of the
gateway with one worker and with two. Keys are used as Zipf has it (the r-th with weight 1/r), operations evenly."""

from __future__ import annotations

import itertools
import json
import random
import statistics
import time
from pathlib import Path
from typing import Any

from bench import firstclass_proxy as ours
from bench import load
from bench.contract import contract
from bench.measure import Cpu
from bench.payloads import BASE, Workload
from bench.processes import LOAD_CORE, PROXY_CORE, Failed
from bench.rounds import WARM_SECONDS, Plan
from bench.sizes import insert_keys

KEYS, OPERATIONS = 10_000, 1_000
_MIX = 20_000  # requests that are prepared; the load goes round them
# The load writes what was prepared: nothing is formatted while it is measured.
_SCRIPT = """
local requests, at = {{}}, 0
function init()
  local n = 0
  for line in io.lines({mix}) do
    local path, key = line:match("^(%S+) (%S+)$")
    n = n + 1
    requests[n] = wrk.format("GET", path, {{["X-API-Key"] = key, ["Accept"] = "application/json"}})
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""


def measure_scale(scratch: Path, upstream_port: int, works: list[Workload], plan: Plan) -> dict[str, Any]:
    """All figures of the section."""
    more = OPERATIONS - 2 * len(works)
    found: dict[str, Any] = {"operations": OPERATIONS, "keys": KEYS, "rounds": plan.rounds, "seconds": plan.seconds}
    found |= _compile(works, more, plan.rounds)
    for workers, cores in ((1, PROXY_CORE), (2, f"{LOAD_CORE},{PROXY_CORE}")):
        place = scratch / f"scale-{workers}"
        traffic, status = ours.prepare(place, upstream_port, works, more, workers)
        ours.run(place, "apply")
        names = tuple(f"more-{number}" for number in range(more))
        keys = insert_keys(place / "data", KEYS, names)
        gateway = ours.start_prepared(place, traffic, status, seconds=600.0, cores=cores)
        try:
            script = _script(place, keys, more)
            found[f"workers_{workers}"] = _decisions(gateway, script, plan) | {"ready_seconds": gateway.ready_seconds}
        finally:
            gateway.process.stop()
    return found


def _compile(works: list[Workload], more: int, rounds: int) -> dict[str, Any]:
    from firstclass import _native
    from firstclass.compiler import ApiSettings, compile_api, encode

    text = contract(works, more).encode()
    compiled_in, loaded_in = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        compiled = compile_api(ApiSettings(name="bench", contract="openapi.json"), lambda _: text)
        compiled_in.append(time.perf_counter() - began)
        if compiled.document is None:
            raise Failed(f"the contract does not compile: {compiled.errors[:1]}")
        payload = encode(compiled.document)
        began = time.perf_counter()
        problem = _native.check_bundle(payload.decode())
        loaded_in.append(time.perf_counter() - began)
        if problem:
            raise Failed(f"the engine does not take the bundle: {problem}")
    return {
        "contract_mb": len(text) / 1e6,
        "bundle_mb": len(payload) / 1e6,
        "compile_seconds": statistics.median(compiled_in),
        "load_seconds": statistics.median(loaded_in),
    }


def _script(place: Path, keys: list[str], operations: int) -> Path:
    """A wrk script that goes round a mix of operations and keys; a fixed seed."""
    source = random.Random(20251129)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(keys) + 1)))
    used = source.choices(keys, cum_weights=weights, k=_MIX)
    mix = place / "mix"
    lines = (f"{BASE}/branches/{source.randrange(operations)}/people/{source.randint(1, 10**6)} {key}" for key in used)
    mix.write_text("\n".join(lines) + "\n")
    script = place / "mix.lua"
    script.write_text(_SCRIPT.format(mix=json.dumps(str(mix))))
    return script


def _decisions(gateway: ours.Gateway, script: Path, plan: Plan) -> dict[str, Any]:
    """Round by round: decisions per second of processor time of the engine and of all processes of the gateway."""
    engine, whole, per_second = [], [], []
    url = f"http://127.0.0.1:{gateway.port}"
    for _ in range(plan.rounds):
        load.run_script(script, url, WARM_SECONDS, plan.niceness, "scale")
        before = gateway.cpu()
        requests = load.run_script(script, url, plan.seconds, plan.niceness, "scale")
        spent = {role: cpu - before.get(role, Cpu()) for role, cpu in gateway.cpu().items()}
        at_engine = sum(cpu.total for role, cpu in spent.items() if role.startswith("engine"))
        engine.append(round(requests / at_engine))
        whole.append(round(requests / sum(cpu.total for cpu in spent.values())))
        per_second.append(round(requests / plan.seconds))
    return {"per_engine_second": engine, "per_gateway_second": whole, "per_second": per_second}


def lines_of(data: dict[str, Any], _: dict[str, Any]) -> list[str]:
    """The section of RESULTS.md."""
    lines = [
        f"{data['operations']:,} operations in one contract ({data['contract_mb']:.1f} MB), {data['keys']:,} keys of "
        "100 applications in the store, each subscribed to all of them. Requests use the keys as Zipf has it (the r-th "
        "with weight 1/r) and the operations evenly; the answer is the 1 KB object, checked and masked. One worker has "
        "a core of its own; two share both with upstream and load, so that decisions per second say nothing there, and "
        f"per processor second they do. {data['rounds']} rounds of {data['seconds']:g} s, {load.CONNECTIONS} "
        "kept-alive connections; medians.\n",
        "| | |",
        "|---|---|",
        f"| compile, s | {data['compile_seconds']:.2f} |",
        f"| bundle, MB | {data['bundle_mb']:.2f} |",
        f"| load by the engine, s | {data['load_seconds']:.3f} |",
    ]
    for workers in (1, 2):
        row, name = data[f"workers_{workers}"], "1 worker" if workers == 1 else f"{workers} workers"
        engine, whole = row["per_engine_second"], row["per_gateway_second"]
        lines += [
            f"| {name}: `run` to /readyz 200, s | {row['ready_seconds']:.2f} |",
            f"| {name}: decisions per processor second of the engine | {statistics.median(engine):,.0f} "
            f"({min(engine):,} to {max(engine):,}) |",
            f"| {name}: the same of all processes of the gateway | {statistics.median(whole):,.0f} |",
            f"| {name}: decisions per second in this run | {statistics.median(row['per_second']):,.0f} |",
        ]
    return lines
