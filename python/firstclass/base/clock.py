"""Time as the product writes it: RFC 3339 UTC with milliseconds. The one reader of a wall clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def now() -> datetime:
    """The wall clock, UTC, in whole milliseconds as it will be stored."""
    return in_milliseconds(datetime.now(UTC))


def in_milliseconds(time: datetime) -> datetime:
    """The same moment in UTC, without the digits that storage would drop."""
    time = time.astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def format_time(time: datetime) -> str:
    """RFC 3339, UTC, three digits of milliseconds: `2026-01-31T12:00:00.000Z`. Sorts as text."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """A moment as `format_time` wrote it, or any RFC 3339 time; a bare date is its first instant in UTC.

    Raises:
        ValueError: neither a date nor a time with a zone.
    """
    time = datetime.fromisoformat(text)
    if _DATE.fullmatch(text):
        time = time.replace(tzinfo=UTC)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} does not say its time zone")
    return in_milliseconds(time)


def unix_milliseconds(time: datetime) -> int:
    """Milliseconds since 1970, exactly (no float in between)."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
