"""Processes pinned to one core until a run is over: started, awaited on their port, ended with their group."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

PROXY_CORE = "1"  # the proxy under test alone
LOAD_CORE = "0"  # upstream and load


class Failed(Exception):
    """A run cannot go on; the text says why."""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One pinned process and all that it starts."""

    def __init__(self, command: list[str], core: str, log: Path, *, directory: Path | None = None) -> None:
        """Start it in its own group; its output goes to `log`."""
        self.log = log
        self._name = command[0]
        with log.open("wb") as sink:
            self._popen = subprocess.Popen(
                ["taskset", "-c", core, *command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=directory,
                start_new_session=True,
            )
        self.pid = self._popen.pid

    def await_port(self, port: int, seconds: float = 20.0) -> None:
        """Return once something listens there.

        Raises:
            Failed: the process ended, or the time is over; with the end of its log.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self._popen.poll() is not None:
                break
            time.sleep(0.02)
        raise Failed(f"{self._name} does not listen: {self.tail()}")

    def tail(self) -> str:
        """The last lines of what it said."""
        return self.log.read_text(errors="replace")[-1500:].strip()

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def stop(self) -> None:
        """End it and its group."""
        for number, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(self.pid, number)
                self._popen.wait(seconds)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue
            return
