"""What an adoption run must know about an application, and the ordinary clients of the registries that install it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Failed, Process

CACHE = Path.home() / ".cache" / "firstclass" / "bench"
DRIVERS = Path(__file__).resolve().parent / "drivers"
OVERLAYS = Path(__file__).resolve().parent / "overlays"
BOTH_CORES = "0,1"
# Marks a directory whose installation came to its end; its text is the version.
_INSTALLED = ".installed"


@dataclass(frozen=True)
class Running:
    """A started application: where it listens, and what to end afterwards, last started first."""

    port: int
    processes: list[Process]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()


@dataclass(frozen=True)
class Application:
    """One application. `install` fills a directory of the cache, `start` runs it from there with its state in a scratch
    directory, `contract` finds its own contract and returns its text, `driver` is the command that calls it."""

    name: str
    package: str
    written_with: str
    driven_by: str
    install: Callable[[Path], None]
    start: Callable[[Path, Path, int], list[Process]]
    contract: Callable[[Path, str], bytes]
    driver: Callable[[Path], list[str]]
    contract_name: str = "openapi.json"
    base_path: str = ""  # where the API lies below the origin, where its contract does not say so
    rounds: int = 20  # of the driver, on an observed day
    enforced_rounds: int | None = None  # of each run with rules enforced; None: as many
    notes: tuple[str, ...] = ()  # what a reader of the results must know of how it is driven

    @property
    def overlay(self) -> Path | None:
        """What a team adds to the contract after the observed run; None: nothing differs."""
        path = OVERLAYS / f"{self.name}.overlay.yaml"
        return path if path.exists() else None

    @property
    def home(self) -> Path:
        return CACHE / self.name

    def installed(self) -> Path:
        """Its directory in the cache, installed on first use.

        Raises:
            Failed: a client of a registry failed.
        """
        mark = self.home / _INSTALLED
        if not mark.exists() or mark.read_text() != self.package:
            print(f"bench: installing {self.package} into {self.home}", file=sys.stderr, flush=True)
            self.home.mkdir(parents=True, exist_ok=True)
            self.install(self.home)
            mark.write_text(self.package)
        return self.home


def run(*command: str, directory: Path | None = None, more: Mapping[str, str] | None = None) -> str:
    """Run to its end; what it wrote to stdout.

    Raises:
        Failed: it did not exit with 0.
    """
    command = command if more is None else tuple(environment(more, command))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    if done.returncode:
        raise Failed(f"{' '.join(command)[:200]}: exit {done.returncode}: {(done.stderr or done.stdout)[-800:]}")
    return done.stdout


def install_python(home: Path, *packages: str) -> None:
    """A virtual environment with pinned packages of PyPI."""
    run(sys.executable, "-m", "venv", str(home))
    run(str(home / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *packages)


def environment(variables: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """The command with variables of its own."""
    return ["env", *(f"{name}={value}" for name, value in variables.items()), *command]


def driver_of(script: str) -> Callable[[Path], list[str]]:
    """The driver is a Python script that runs in the application's own environment."""
    return lambda home: [str(home / "bin/python"), str(DRIVERS / script)]


def fetch(url: str) -> bytes:
    """The body of a GET.

    Raises:
        Failed: no answer, or none with 2xx.
    """
    try:
        with urllib.request.urlopen(url, timeout=300) as answer:
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, OSError) as problem:
        raise Failed(f"{url}: {problem}") from None


def await_answer(url: str, process: Process, seconds: float = 900.0) -> None:
    """Return once there is an answer, whatever its status; else end the process.

    Raises:
        Failed: the process ended, or the time is over.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            if not process.running:
                break
            time.sleep(0.2)
    process.stop()
    raise Failed(f"{url} does not answer: {process.tail()}")
