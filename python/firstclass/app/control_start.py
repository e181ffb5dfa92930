"""Start a control process: it loads its modules at once, and begins when it is told its configuration."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Who writes to the store rings; this is for who could not, and the engines' sign that their directory is current.
TURN_SECONDS = 10.0


def turn_within(most_age_seconds: int | None) -> float:
    """Seconds between two looks of control, where readiness ends with a directory of `most_age_seconds`.

    A directory is as old as the last sign of control, so that signs come several times within it.
    """
    return TURN_SECONDS if most_age_seconds is None else min(TURN_SECONDS, most_age_seconds / 3)


@dataclass(frozen=True)
class ControlConfiguration:
    """What control is told on its standard input, which then stays open: its end is the supervisor's end."""

    data: Path
    listener: int
    root_secret: str | None = field(repr=False)
    turn_seconds: float

    @classmethod
    def parse(cls, line: bytes) -> ControlConfiguration:
        """The form that `tell` writes."""
        value = json.loads(line)
        return cls(Path(value["data"]), int(value["listener"]), value["root_secret"], float(value["turn_seconds"]))

    def tell(self, process: subprocess.Popen[bytes]) -> None:
        """Let the process begin; one that has died already is noticed by who waits for it."""
        assert process.stdin is not None
        value = {
            "data": str(self.data),
            "listener": self.listener,
            "root_secret": self.root_secret,
            "turn_seconds": self.turn_seconds,
        }
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(value).encode() + b"\n")
            process.stdin.flush()


def start_control(link: socket.socket, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A control process that has the listening socket `link` and waits for its configuration.

    Raises:
        OSError: the process cannot be started.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "firstclass.app.control"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(link.fileno(),),
        env=dict(environment),
    )


@contextlib.contextmanager
def signals_kept_from_children() -> Iterator[None]:
    """What is started inside never sees the Ctrl-C or hang-up of the terminal, not even while it loads: these reach
    the whole process group, and the supervisor alone decides what they mean."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def open_link(path: Path) -> socket.socket:
    """Listen on the Unix socket at `path`, for every control process to come: an engine that dials waits in its queue
    while there is none. A socket left by a gateway that died is replaced.

    Raises:
        OSError: the socket cannot be made.
    """
    fresh = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.bind(str(fresh))
        fresh.chmod(0o600)
        link.listen(64)
        link.setblocking(False)
        fresh.replace(path)
    except OSError:
        link.close()
        raise
    return link
