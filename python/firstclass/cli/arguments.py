"""What arguments and options mean: durations, days, lists of words, and who is asking. A wrong one exits with 2."""

from __future__ import annotations

import os
import pwd
from datetime import datetime, timedelta

from firstclass.base.clock import parse_time
from firstclass.base.modes import RULE_CLASSES, parse_share
from firstclass.model.durations import parse_duration
from firstclass.model.errors import Exit, FirstclassError

# Commands that name operations of a contract take either word; the first one is in their help.
OPERATION = ("--operation", "--operations")
OPERATIONS = ("--operations", "--operation")


def actor() -> str:
    """Who runs this command, for the audit line: the account that the system knows, not what the environment claims."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


def duration(option: str, text: str) -> timedelta:
    """`90d`, `24h`, `5m`, `30s`.

    Raises:
        FirstclassError: usage.
    """
    try:
        return parse_duration(text)
    except ValueError:
        raise wrong_usage(
            f"{option} {text!r} is no duration", "a whole number and d, h, m or s, such as 90d or 24h"
        ) from None


def moment(option: str, text: str | None) -> datetime | None:
    """A date (its first instant, UTC) or an RFC 3339 time.

    Raises:
        FirstclassError: usage.
    """
    try:
        return None if text is None else parse_time(text)
    except (ValueError, OverflowError):
        hint = "such as 2031-01-31 (from the first instant of that day, UTC) or 2031-01-31T12:00:00Z"
        raise wrong_usage(f"{option} {text!r} is neither a date nor a time with its zone", hint) from None


def word_list(text: str) -> list[str]:
    """`A,B`: words between commas, without the blanks around them."""
    return [word for part in text.split(",") if (word := part.strip())]


def rule_classes(text: str) -> list[str]:
    """`A,B`: classes of rules that have a mode; all of them where nothing is named.

    Raises:
        FirstclassError: usage.
    """
    names = word_list(text)
    for name in names:
        if name not in RULE_CLASSES:
            raise wrong_usage(f"--class {name!r} is no class of rules", f"one of {', '.join(RULE_CLASSES)}")
    return names or list(RULE_CLASSES)


def share_of_callers(text: str) -> int:
    """`1%`, in ten-thousandths.

    Raises:
        FirstclassError: usage.
    """
    try:
        share = parse_share(text) if text.endswith("%") else 0
    except ValueError:
        share = 0
    if not share:
        raise wrong_usage(f"--sample {text!r} is no share of the callers", "more than 0% and at most 100%, such as 1%")
    return share


def wrong_usage(message: str, hint: str) -> FirstclassError:
    """The error of a command line that nobody could follow."""
    return FirstclassError("usage", message, hint=hint, exit_code=Exit.USAGE)
