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


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    variables = {
        "PREFECT_HOME": str(scratch / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
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
    rounds=2,
)
