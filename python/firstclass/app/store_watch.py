"""Whether the store may have changed, by its files' times and sizes: a look that costs nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

# File times tick coarsely: a second write within one tick looks like the first. So a store that was written just now is
# looked into again, and every store once in a while, whatever its files say.
RECENT_SECONDS = 15.0
AT_LEAST_EVERY_SECONDS = 60.0

_Stamp = tuple[tuple[int, int] | None, ...]


class StoreWatch:
    """Over an SQLite file and its write-ahead log."""

    def __init__(self, file: Path) -> None:
        """`file`: the database; the log lies beside it."""
        self._files = (str(file), f"{file}-wal")
        self._stamp: _Stamp | None = None
        self._changed_at = 0.0
        self._looked_at = 0.0

    def forget(self) -> None:
        """The next look is worth it, whatever the files say."""
        self._stamp = None

    def may_have_changed(self) -> bool:
        """Whether it is worth a look; True the first time."""
        now = time.monotonic()
        stamp = tuple(_stamp(file) for file in self._files)
        if stamp != self._stamp:
            self._stamp, self._changed_at = stamp, now
        due = now - self._changed_at < RECENT_SECONDS or now - self._looked_at > AT_LEAST_EVERY_SECONDS
        if due:
            self._looked_at = now
        return due


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - a third of the time that a path takes
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
