"""One gateway at a time over a data directory: a lock that dies with the processes that hold it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from firstclass.model.errors import Exit, FirstclassError

FILE = "gateway.lock"
# A gateway that was just killed is gone when its engine has ended its last calls.
PATIENCE_SECONDS = 2.0


def occupy(data: Path) -> int:
    """Hold the directory; the descriptor that holds it, to be closed at the end (and held by the engine, too).

    Raises:
        FirstclassError: another gateway runs over it, or the lock cannot be made.
    """
    try:
        descriptor = os.open(data / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        message = f"the data directory {data} cannot be used: {problem.strerror}"
        hint = "check its owner and rights, and the space on the disk"
        raise FirstclassError("data_unusable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise FirstclassError(
                "data_in_use",
                f"another gateway{f' (process {holder})' if holder else ''} runs over the data directory {data}",
                hint="end it, or choose another directory with data: or --data",
                exit_code=Exit.UNAVAILABLE,
            )
        time.sleep(0.05)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError:  # a full disk: the number is for a message alone
        pass
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
