"""Durations as people write them: `90d`, `24h`, `15m`, `30s`."""

from __future__ import annotations

import re
from datetime import timedelta

_FORM = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """Read a whole number and a unit: ms, s, m, h or d.

    Raises:
        ValueError: `text` is not of that form.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration; write it like 90d, 24h, 15m or 30s")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
