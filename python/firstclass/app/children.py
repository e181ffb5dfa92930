"""A child process that is restarted when it dies, with a growing pause."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firstclass.app.signals import Flag

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0


@dataclass
class Child:
    """One process under supervision; `start` makes it anew."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    _pause: float = FIRST_PAUSE_SECONDS
    _began: float = 0.0
    _due: float = field(default=0.0)

    def keep(self) -> str | None:
        """Start it if it is not running and its pause is over; returns a sentence when it has just died."""
        now = time.monotonic()
        if self.process is None:
            if now < self._due:
                return None
            try:
                self.process, self._began = self.start(), now
            except OSError as problem:  # no memory, no process, no descriptor left
                return self._rest(now, f"cannot be started: {problem.strerror or problem}")
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.process = None
        if now - self._began > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        return self._rest(now, f"was ended by signal {-code}" if code < 0 else f"ended with {code}")

    def _rest(self, now: float, what: str) -> str:
        self._due = now + self._pause
        told = f"{self.name} {what}; starting it again in {self._pause:.1f} s"
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return told

    def stop(self, seconds: float, haste: Flag | None = None) -> None:
        """Ask it to end, wait, and kill it when `seconds` are over or `haste` is set."""
        if self.process is None:
            return
        self.process.terminate()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not (haste is not None and haste.is_set()):
            try:
                self.process.wait(0.05)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            self.process.kill()
            self.process.wait()
        self.process = None
