"""A child process that is restarted when it dies, with a growing pause."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

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
            if now >= self._due:
                self.process, self._began = self.start(), now
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.process = None
        if now - self._began > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        self._due = now + self._pause
        told = f"{self.name} ended with {code}; starting it again in {self._pause:.1f} s"
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return told

    def stop(self, seconds: float) -> None:
        """Ask it to end, wait, and kill it when `seconds` are over."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
