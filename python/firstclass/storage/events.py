"""The event log: call records as JSON lines in segments, which the engine writes; `explain` and people read them.

Nothing here is a secret: the engine writes no value of a request or an answer into an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEGMENT_FORMAT = "%Y%m%dT%H"
_REQUEST_ID_LENGTH = len("req_") + 36


class EventLog:
    """Append-only segments under `directory`, at least one an hour (UTC) and lane; who writes them removes the oldest.

    Lanes: `.jsonl` is what known callers were let in with, `.refusals.jsonl` what was refused to them or would have
    been, `.strangers.jsonl` what came without a known credential.
    """

    def __init__(self, directory: Path) -> None:
        """Read `directory`, which is made when the first event is written."""
        self._directory = directory

    def _of_hour(self, hour: str) -> list[Path]:
        return sorted(self._directory.glob(f"{hour}*.jsonl"), key=_age)

    def find(self, request_id: str) -> dict[str, Any] | None:
        """The event of one call, or None; the id's own time says which segments to read.

        Raises:
            OSError: a segment cannot be read.
        """
        needle = f'"{request_id}"'.encode()
        for segment in self._segments(request_id):
            for line in _lines_with(needle, segment):
                if (event := _parse(line)) and event.get("request_id") == request_id:
                    return event
        return None

    def _segments(self, request_id: str) -> Iterator[Path]:
        made = request_time(request_id)
        if made is None:
            return
        for hours in (0, 1, -1):
            yield from self._of_hour((made + timedelta(hours=hours)).strftime(SEGMENT_FORMAT))


def _lines_with(needle: bytes, segment: Path) -> Iterator[bytes]:
    """The lines of a segment in which `needle` stands. It is read at once: a busy hour takes too long line by line, and
    no segment is longer than some tens of megabytes."""
    try:
        text = segment.read_bytes()
    except FileNotFoundError:  # removed meanwhile, as the oldest
        return
    at = text.find(needle)
    while at >= 0:
        start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
        end = len(text) if end < 0 else end
        yield text[start:end]
        at = text.find(needle, end)


def _age(segment: Path) -> tuple[str, int]:
    hour, _, number = segment.name.partition(".")[0].partition("-")
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
