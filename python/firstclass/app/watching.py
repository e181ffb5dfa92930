"""Notice that a file changed, by its time and size; for `dev`, where a person saves a file and looks at the result."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

POLL_SECONDS = 0.3

_Stamp = tuple[int, int] | None


class Watch:
    """A set of files and what they looked like."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Begin with `files` as they are now."""
        self._stamps: dict[Path, _Stamp] = {}
        self._next = 0.0
        self.follow(files)

    def follow(self, files: Iterable[Path]) -> None:
        """Watch these files instead: known ones as they were at the last look, for who saved one since is not to be
        missed; others as they are now."""
        known = self._stamps
        self._stamps = {path: known[path] if path in known else _stamp(path) for path in files}

    def follow_neighbours(self) -> None:
        """Look at the directories of the files, too: what a file names in vain may be made there."""
        for directory in {path.parent for path in self._stamps}:
            self._stamps.setdefault(directory, _stamp(directory))

    def changed(self) -> bool:
        """Whether a file differs since the last look; looks at most every 0.3 seconds."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + POLL_SECONDS
        fresh = {path: _stamp(path) for path in self._stamps}
        differs = fresh != self._stamps
        self._stamps = fresh
        return differs


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
