"""Durations as people write them: `90d`, `24h`, `5m`, `30s`, `250ms`."""

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_FORM = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """The duration that `text` spells.

    Raises:
        ValueError: it is not a whole number from 1 on with one of the units ms, s, m, h, d.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration: a whole number from 1 on and one of ms, s, m, h, d, as in 30s")
    return int(match[1]) * _UNITS[match[2]]
