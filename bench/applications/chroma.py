"""Chroma's server (Rust, in the Python package), driven by its own Python client."""

from __future__ import annotations

import json
from pathlib import Path

from bench.applications.application import BOTH_CORES, Application, await_answer, driver_of, fetch, install_python
from bench.processes import Process

PACKAGE = "chromadb==1.5.9"


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    configuration = scratch / "chroma.yaml"
    place = {"persist_path": str(scratch / "chroma"), "listen_address": "127.0.0.1", "port": port}
    configuration.write_text(json.dumps(place | {"allow_reset": True}))
    process = Process([str(home / "bin/chroma"), "run", str(configuration)], BOTH_CORES, scratch / "chroma.log")
    await_answer(f"http://127.0.0.1:{port}/api/v2/heartbeat", process)
    return [process]


APPLICATION = Application(
    name="chroma",
    package=f"PyPI {PACKAGE}",
    written_with="axum",
    driven_by="its Python client",
    install=lambda home: install_python(home, PACKAGE),
    start=_start,
    contract=lambda _, origin: fetch(f"{origin}/openapi.json"),
    driver=driver_of("drive_chroma.py"),
    rounds=5,
    enforced_rounds=125,
)
