"""Prefect's server (FastAPI), driven by its own Python client and its flow engine."""

from __future__ import annotations

from pathlib import Path

from bench.applications.application import (
    BOTH_CORES,
    Application,
    await_answer,
    driver_of,
    environment,
    fetch,
    install_python,
)
from bench.processes import Process

PACKAGE = "prefect==3.9.1"
# They write into the SQLite file on their own, and what comes meanwhile is answered 503.
_WITHOUT = ("CANCELLATION_CLEANUP", "FOREMAN", "LATE_RUNS", "PAUSE_EXPIRATIONS", "REPOSSESSOR", "SCHEDULER")


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    variables = {
        "PREFECT_HOME": str(scratch / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
        "DO_NOT_TRACK": "1",
    } | {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _WITHOUT}
    command = [str(home / "bin/prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    process = Process(environment(variables, command), BOTH_CORES, scratch / "prefect.log")
    await_answer(f"http://127.0.0.1:{port}/api/health", process)
    return [process]


APPLICATION = Application(
    name="prefect",
    package=f"PyPI {PACKAGE}",
    written_with="FastAPI",
    driven_by="its Python client and flow engine",
    install=lambda home: install_python(home, PACKAGE),
    start=_start,
    contract=lambda _, origin: fetch(f"{origin}/openapi.json"),
    driver=driver_of("drive_prefect.py"),
    base_path="/api",
    rounds=1,
    enforced_rounds=2,
    notes=(
        "its engine's events go over a WebSocket, which is no operation of its contract: its client is told to send "
        "none, behind the gateway and beside it",
        "services of its server that write into the SQLite file on their own are off; where two writers meet it still "
        "answers 503, which counts among the broken steps",
        "which events there are to read depends on what was done before: places of events that seem held back are "
        "events of another kind",
    ),
)
