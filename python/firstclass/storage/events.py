"""The event log: call records as JSON lines in hourly segments, bounded in size; `explain` and people read them.

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
_REQUEST_ID_LENGTH = len("req_") + 36


class EventLog:
    """Append-only segments under `directory`, one an hour (UTC), the oldest removed when all exceed `max_bytes`."""

    def __init__(self, directory: Path, max_bytes: int = MAX_TOTAL_BYTES) -> None:
        """Use `directory`, which is made when the first event is written."""
        self._directory = directory
        self._max_bytes = max_bytes
        self._written = 0

    def append(self, events: list[dict[str, Any]], now: datetime) -> None:
        """Write events, one line each, in one write.

        Raises:
            OSError: the disk is full or the directory cannot be written; the caller counts and goes on.
        """
        if not events:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / f"{now.strftime(SEGMENT_FORMAT)}.jsonl"
        data = "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events).encode()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
        self._written += len(data)
        if self._written > self._max_bytes // 64:
            self._written = 0
            self._prune()

    def _prune(self) -> None:
        segments = sorted(self._directory.glob("*.jsonl"))
        total = sum(segment.stat().st_size for segment in segments)
        for segment in segments[:-1]:
            if total <= self._max_bytes:
                return
            total -= segment.stat().st_size
            segment.unlink()

    def find(self, request_id: str) -> dict[str, Any] | None:
        """The event of one call, or None; the id's own time says which segments to read."""
        needle = f'"{request_id}"'.encode()
        for segment in self._segments(request_id):
            with segment.open("rb") as lines:
                for line in lines:
                    if needle in line and (event := _parse(line)) and event.get("request_id") == request_id:
                        return event
        return None

    def _segments(self, request_id: str) -> Iterator[Path]:
        made = request_time(request_id)
        if made is None:
            return
        for hours in (0, 1, -1):
            path = self._directory / f"{(made + timedelta(hours=hours)).strftime(SEGMENT_FORMAT)}.jsonl"
            if path.exists():
                yield path


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
