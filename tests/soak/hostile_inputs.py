"""A million hostile inputs against a running gateway, with an origin behind it that answers hostilely too."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from fuzzing import SoakError
from machine import ROOT

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.directory import PEPPER, PEPPER_ID
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.minting import digest, mint_key

CONTRACT = Path(__file__).with_name("shop.yaml")
SUBSCRIBED = ["getPerson", "getMirror", "addNote"]
ATTACKERS = 32
# From the first tenth of the run to its end: memory is bounded by settings, not by traffic.
MOST_GROWTH_MB = 64
LONGEST_MILLISECONDS = 5000
# What a result file keeps of what was found; the whole of it is printed.
MOST_FINDINGS, LONGEST_FINDING = 20, 500


def attack(inputs: int, seed: int) -> dict[str, Any]:
    """So many inputs, and what came of them."""
    cargo = ["cargo", "--quiet", "run", "--release", "--locked", "--package", "firstclass-fuzz", "--bin", "hostile"]
    subprocess.run([word if word != "run" else "build" for word in cargo], cwd=ROOT, check=True)
    crowd = subprocess.Popen(cargo, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert crowd.stdin is not None and crowd.stdout is not None
    port = json.loads(crowd.stdout.readline())["origin"]
    with EngineUnderTest() as gateway:
        gateway.load({"shop": _bundle(port)}, _directory())
        order = {"gateway": gateway.port, "key": mint_key("desk"), "inputs": inputs, "threads": ATTACKERS, "seed": seed}
        print(f"soak: {inputs:,} hostile inputs, seed {seed}", flush=True)
        crowd.stdin.write(json.dumps(order) + "\n")
        crowd.stdin.close()
        memory = _watch(crowd, gateway)
        report: dict[str, Any] = json.loads(crowd.stdout.readline())
        findings: list[str] = report.pop("findings")
        findings += _aftermath(gateway, report, memory)
    if findings:
        print("\n".join(findings), flush=True)
    kept = [finding[:LONGEST_FINDING] for finding in findings[:MOST_FINDINGS]]
    return {"seed": seed, **report, "resident_mb": memory, "findings": kept}


def _watch(crowd: subprocess.Popen[str], gateway: EngineUnderTest) -> dict[str, float]:
    """The engine's resident memory once warm, at most and in the end."""
    seen = []
    while crowd.poll() is None:
        if not gateway.running:
            crowd.kill()
            raise SoakError(f"the engine ended: {gateway.log()[-4000:]}")
        seen.append(_resident_mb(gateway.pid))
        time.sleep(0.5)
    return {"warm": seen[len(seen) // 10], "most": max(seen), "end": _resident_mb(gateway.pid)}


def _aftermath(gateway: EngineUnderTest, report: dict[str, Any], memory: dict[str, float]) -> list[str]:
    findings = []
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.status_port}/metrics", timeout=5) as page:
        metrics = page.read().decode()
    if "firstclass_panics_total 0\n" not in metrics:
        findings.append("the engine counted a panic")
    if "panicked" in gateway.log():
        findings.append(f"the engine's log tells of a panic: {gateway.log()[-4000:]}")
    if memory["end"] - memory["warm"] > MOST_GROWTH_MB:
        findings.append(f"memory grew from {memory['warm']} to {memory['end']} MB")
    if report["longest_exchange_milliseconds"] > LONGEST_MILLISECONDS:
        findings.append(f"an exchange took {report['longest_exchange_milliseconds']} ms")
    return findings


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _bundle(port: int) -> str:
    settings = ApiSettings(name="shop", contract="shop.yaml", upstream=f"http://127.0.0.1:{port}")
    compiled = compile_api(settings, {"shop.yaml": CONTRACT.read_bytes()}.__getitem__)
    assert compiled.document is not None and not compiled.errors, compiled.errors
    return encode(compiled.document).decode()


def _directory() -> list[dict[str, Any]]:
    about = {"tenant": "main"}
    application = {**about, "name": "desk", "enabled": True, "clients": []}
    credential = {
        **about,
        "application": "desk",
        "digest": digest(PEPPER, mint_key("desk")),
        "pepper": PEPPER_ID,
        "state": "active",
        "expires_at": int(time.time() * 1000) + 86_400_000,
    }
    subscription = {
        **about,
        "application": "desk",
        "api": "shop",
        "operations": SUBSCRIBED,
        "unmask": [],
        "until": None,
    }
    return [
        {"type": "application", "id": "desk", "value": application},
        {"type": "credential", "id": "desk", "value": credential},
        {"type": "subscription", "id": "desk", "value": subscription},
    ]
