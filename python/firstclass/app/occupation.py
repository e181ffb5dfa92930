"""One gateway at a time over a data directory: a lock that dies with the processes that hold it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from firstclass.base.files import is_full
from firstclass.model.errors import Exit, FirstclassError, disk_full

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
        if is_full(problem):
            raise disk_full(str(data / FILE)) from None
        message = f"the data directory {data} cannot be used: {problem.strerror}"
        hint = "check its owner and rights"
        raise FirstclassError("data_unusable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            refusal = _in_use(data, descriptor)
            os.close(descriptor)
            raise refusal
        time.sleep(0.05)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError:  # a full disk: the number is for a message alone
        pass
    return descriptor


def refuse_where_occupied(data: Path) -> None:
    """Look whether a gateway runs over the directory; nothing is made, and nothing held.

    Raises:
        FirstclassError: one does.
    """
    try:
        descriptor = os.open(data / FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not _locked(descriptor, fcntl.LOCK_SH):
            raise _in_use(data, descriptor)
    finally:
        os.close(descriptor)


def _in_use(data: Path, descriptor: int) -> FirstclassError:
    holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
    return FirstclassError(
        "data_in_use",
        f"Firstclass already runs here{f' (process {holder})' if holder else ''}, over the data directory {data}",
        hint="firstclass apply makes changes live; for a second gateway choose another directory with data: or --data",
        exit_code=Exit.UNAVAILABLE,
    )


def _locked(descriptor: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
