"""Times in a case: relative to the run, or absolute and moved so that an exchange's `now` is the present."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from firstclass.engine.cases.model import CaseError, Json

RELATIVE = re.compile(r"([+-]\d+)([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def relative_seconds(text: str) -> int | None:
    """`+90d` or `-1h` in seconds; None where it is not written so."""
    found = RELATIVE.fullmatch(text)
    return int(found[1]) * SECONDS[found[2]] if found else None


def absolute_milliseconds(text: str) -> int:
    """An RFC 3339 time in Unix milliseconds.

    Raises:
        CaseError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CaseError(f"{text!r} is neither a time (RFC 3339) nor one relative to the run, such as +90d") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def in_run(value: Json, run_milliseconds: int, moved_milliseconds: int) -> int:
    """A directory's time as the engine is to read it: relative ones count from the run, absolute ones are moved."""
    if isinstance(value, str):
        relative = relative_seconds(value)
        if relative is not None:
            return run_milliseconds + relative * 1000
        return absolute_milliseconds(value) + moved_milliseconds
    if isinstance(value, int) and not isinstance(value, bool):
        return value + moved_milliseconds
    raise CaseError(f"{value!r} is no time")
