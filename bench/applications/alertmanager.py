"""Prometheus Alertmanager (Go), driven by its own command, amtool."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.applications.application import BOTH_CORES, DRIVERS, Application, await_answer, run
from bench.processes import Process

MODULE, VERSION = "github.com/prometheus/alertmanager", "v0.28.1"
_CONFIGURATION = """route: {receiver: nobody, routes: [{matchers: ['severity="critical"'], receiver: somebody}]}
receivers: [{name: nobody}, {name: somebody}]
"""


def _install(home: Path) -> None:
    commands = [f"{MODULE}/cmd/{name}@{VERSION}" for name in ("alertmanager", "amtool")]
    run("go", "install", *commands, more={"GOBIN": str(home / "bin")})


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    configuration = scratch / "alertmanager.yml"
    configuration.write_text(_CONFIGURATION)
    command = [str(home / "bin/alertmanager"), f"--config.file={configuration}", "--cluster.listen-address="]
    command += [f"--storage.path={scratch / 'alertmanager'}", f"--web.listen-address=127.0.0.1:{port}"]
    process = Process(command, BOTH_CORES, scratch / "alertmanager.log")
    await_answer(f"http://127.0.0.1:{port}/api/v2/status", process)
    return [process]


def _contract(_: Path, origin: str) -> bytes:
    """The module's own file, in the module cache that the installation filled."""
    cache = run("go", "env", "GOMODCACHE").strip()
    return Path(cache, f"{MODULE}@{VERSION}", "api/v2/openapi.yaml").read_bytes()


APPLICATION = Application(
    name="alertmanager",
    package=f"Go {MODULE} {VERSION}",
    written_with="Go",
    driven_by="its command amtool, and alerts posted as Prometheus posts them",
    install=_install,
    start=_start,
    contract=_contract,
    driver=lambda home: [sys.executable, str(DRIVERS / "drive_alertmanager.py"), str(home / "bin/amtool")],
    contract_name="openapi.yaml",
    rounds=4,
    enforced_rounds=70,
)
