"""Load from the other core: wrk as fast as it goes for cost per request, h2load at a steady rate for latency."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processes import LOAD_CORE, Failed

CONNECTIONS = 64
PACED_CONNECTIONS = 100
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """A request as it goes on the wire, to one proxy."""

    url: str
    method: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class Latency:
    """Milliseconds at a steady rate."""

    rate: float
    p50: float
    p99: float


def run_at_full_speed(call: Call, seconds: float, scratch: Path, niceness: int) -> int:
    """Requests answered with 2xx in `seconds`, over kept-alive connections.

    Raises:
        Failed: an answer was no 2xx, or a connection broke.
    """
    script = scratch / "call.lua"
    # JSON strings of ASCII text are Lua strings too.
    lines = [f"wrk.method = {json.dumps(call.method)}"]
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in call.headers]
    if call.body:
        lines.append(f"wrk.body = {json.dumps(call.body.decode('ascii'))}")
    script.write_text("\n".join(lines))
    return run_script(script, call.url, seconds, niceness, f"{call.method} {call.url}")


def run_script(script: Path, url: str, seconds: float, niceness: int, label: str) -> int:
    """Requests of the wrk `script` answered with 2xx in `seconds`, over kept-alive connections; a failure
    names `label`.

    Raises:
        Failed: an answer was no 2xx, or a connection broke.
    """
    command = [
        "nice",
        "-n",
        str(niceness),
        "taskset",
        "-c",
        LOAD_CORE,
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
        url,
    ]
    said = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False).stdout
    done = re.search(r"(\d+) requests in", said)
    bad = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", said)
    if done is None or bad is not None or int(done[1]) == 0:
        raise Failed(f"{label}: {bad[0] if bad else said.strip() or 'wrk said nothing'}")
    return int(done[1])


def run_at_rate(call: Call, rate: int, seconds: float, scratch: Path, niceness: int) -> Latency:
    """Latency over `PACED_CONNECTIONS` connections that start one after the other and then keep their beat.

    Raises:
        Failed: an answer was missing or no 2xx.
    """
    log, each = scratch / "paced.tsv", rate // PACED_CONNECTIONS
    log.unlink(missing_ok=True)
    count = int(rate * seconds)
    command = [
        "nice",
        "-n",
        str(niceness),
        "taskset",
        "-c",
        LOAD_CORE,
        "h2load",
        "--h1",
        "-t1",
        f"-c{PACED_CONNECTIONS}",
        f"-n{count}",
        "-r10",
        "--rate-period=1ms",
        f"--rps={each}",
        f"--log-file={log}",
    ]
    for name, value in call.headers:
        command += ["-H", f"{name}: {value}"]
    if call.body:
        body = scratch / "paced.body"
        body.write_bytes(call.body)
        command += ["-d", str(body)]
    said = subprocess.run(
        [*command, call.url], capture_output=True, text=True, timeout=seconds + 60, check=False
    ).stdout
    rows = [tuple(map(int, line.split())) for line in log.read_text().splitlines()] if log.exists() else []
    wrong = sum(1 for _, status, _ in rows if not 200 <= status < 300)
    if len(rows) < count or wrong:
        raise Failed(f"{call.url} at {rate}/s: {len(rows)} of {count} answers, {wrong} no 2xx: {said.strip()[-300:]}")
    begun = min(row[0] for row in rows)
    # The first half second opens connections and fills caches.
    taken = sorted(row[2] / 1000 for row in rows if row[0] - begun > 500_000)
    span = (max(row[0] for row in rows) - begun) / 1e6
    return Latency(rate=count / span, p50=taken[len(taken) // 2], p99=taken[int(len(taken) * 0.99)])
