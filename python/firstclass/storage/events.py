"""The event log: call records as JSON lines in segments, bounded in size; `explain` and people read them.

Nothing here is a secret: the engine writes no value of a request or an answer into an event.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEGMENT_FORMAT = "%Y%m%dT%H"
MAX_TOTAL_BYTES = 1024**3
# A segment ends at this part of the whole, and with the hour.
SEGMENTS = 16
_REQUEST_ID_LENGTH = len("req_") + 36


class EventLog:
    """Append-only segments under `directory`, at least one an hour (UTC), the oldest removed when all exceed
    `max_bytes`. One process writes; any may read."""

    def __init__(self, directory: Path, max_bytes: int = MAX_TOTAL_BYTES) -> None:
        """Use `directory`, which is made when the first event is written."""
        self._directory = directory
        self._max_bytes = max_bytes
        # None: what earlier processes left has not been measured yet.
        self._written_since_pruning: int | None = None

    def append(self, events: list[dict[str, Any]], now: datetime) -> None:
        """Write events, one line each; all of them or none.

        Raises:
            OSError: the disk is full or the directory cannot be written; the caller counts and goes on.
        """
        lines = "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)
        self.append_lines(lines.encode("utf-8", "replace"), now)

    def append_lines(self, lines: bytes, now: datetime) -> None:
        """Write events that are JSON already, each with its line feed; all of them or none.

        Raises:
            OSError: the disk is full or the directory cannot be written; the caller counts and goes on.
        """
        if not lines:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = _append(self._segment(now), lines)
        before, self._written_since_pruning = self._written_since_pruning, (self._written_since_pruning or 0) + written
        if before is None or self._written_since_pruning > self._max_bytes // SEGMENTS:
            self._written_since_pruning = 0
            self._prune()

    def _segment(self, now: datetime) -> Path:
        """The hour's newest segment, or a further one where that is full: only whole segments are ever removed."""
        hour = now.strftime(SEGMENT_FORMAT)
        held = self._of_hour(hour)
        newest = held[-1] if held else self._directory / f"{hour}.jsonl"
        if held and newest.stat().st_size >= self._max_bytes // SEGMENTS:
            return self._directory / f"{hour}-{_age(newest)[1] + 1:05}.jsonl"
        return newest

    def _of_hour(self, hour: str) -> list[Path]:
        return sorted(self._directory.glob(f"{hour}*.jsonl"), key=_age)

    def _prune(self) -> None:
        segments = sorted(self._directory.glob("*.jsonl"), key=_age)
        total = sum(segment.stat().st_size for segment in segments)
        for segment in segments[:-1]:
            if total <= self._max_bytes:
                return
            total -= segment.stat().st_size
            segment.unlink()

    def find(self, request_id: str) -> dict[str, Any] | None:
        """The event of one call, or None; the id's own time says which segments to read.

        Raises:
            OSError: a segment cannot be read.
        """
        needle = f'"{request_id}"'.encode()
        for segment in self._segments(request_id):
            try:
                lines = segment.open("rb")
            except FileNotFoundError:  # removed meanwhile, as the oldest
                continue
            with lines:
                for line in lines:
                    if needle in line and (event := _parse(line)) and event.get("request_id") == request_id:
                        return event
        return None

    def _segments(self, request_id: str) -> Iterator[Path]:
        made = request_time(request_id)
        if made is None:
            return
        for hours in (0, 1, -1):
            yield from self._of_hour((made + timedelta(hours=hours)).strftime(SEGMENT_FORMAT))


def _append(path: Path, data: bytes) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        before, left = os.fstat(descriptor).st_size, memoryview(data)
        try:
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            # A disk that fills up takes part of it: half a line would spoil the next one.
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)
    return len(data)


def _age(segment: Path) -> tuple[str, int]:
    hour, _, number = segment.stem.partition("-")
    return hour, int(number) if number.isdigit() else 0


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:  # the last line of a process that was killed
        return None
    return event if isinstance(event, dict) else None


def request_time(request_id: str) -> datetime | None:
    """When a request id was made (RFC 9562 §5.7: 48 bits of Unix milliseconds), or None if it is none of ours."""
    if len(request_id) != _REQUEST_ID_LENGTH or not request_id.startswith("req_"):
        return None
    try:
        milliseconds = int(request_id[4:17].replace("-", ""), 16)
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
