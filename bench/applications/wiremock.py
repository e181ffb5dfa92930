"""WireMock (Java), whose admin API is driven by its Python client."""

from __future__ import annotations

import zipfile
from pathlib import Path

from bench.applications.application import (
    BOTH_CORES,
    Application,
    await_answer,
    driver_of,
    install_python,
    run,
)
from bench.processes import Process

VERSION = "3.13.1"
JAR = f"wiremock-standalone-{VERSION}.jar"
CLIENT = "wiremock==2.7.0"


def _install(home: Path) -> None:
    install_python(home, CLIENT)
    artifact = f"org.wiremock:wiremock-standalone:{VERSION}"
    run("mvn", "-q", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={home}")


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    command = ["java", "-Xmx256m", "-jar", str(home / JAR), "--port", str(port), "--bind-address", "127.0.0.1"]
    command += ["--root-dir", str(scratch / "wiremock"), "--max-request-journal-entries", "1000"]
    process = Process(command, BOTH_CORES, scratch / "wiremock.log")
    await_answer(f"http://127.0.0.1:{port}/__admin/mappings", process)
    return [process]


def _contract(home: Path, _: str) -> bytes:
    with zipfile.ZipFile(home / JAR) as archive:
        return archive.read("swagger/wiremock-admin-api.json")


APPLICATION = Application(
    name="wiremock",
    package=f"Maven org.wiremock:wiremock-standalone {VERSION}",
    written_with="Jetty",
    driven_by="its Python client (PyPI wiremock 2.7.0)",
    install=_install,
    start=_start,
    contract=_contract,
    driver=driver_of("drive_wiremock.py"),
    rounds=4,
    enforced_rounds=30,
    notes=("shutdownServer would end the run, so that it is not called",),
)
