"""Modes in words: for each class of rules, the share of callers who are held to it. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

RULE_CLASSES: Final = ("parameters", "media_types", "bodies", "conformance")
"""What may be observed instead of enforced; everything else is never relaxed."""

WHOLE: Final = 10_000
"""Shares are counted in ten-thousandths: all of them is `enforce`, none is `observe`."""

OBSERVE: Final = 0
SHARE = r"(?:100(?:\.0{1,2})?|[1-9]?[0-9](?:\.[0-9]{1,2})?)%"
WORD = rf"^(enforce|observe|{SHARE})$"
FORM = "write enforce, observe or a share of the callers, as in 1%"

_WORD = re.compile(WORD)


def parse_share(text: str) -> int:
    """The ten-thousandths that `enforce`, `observe` or `1%` mean.

    Raises:
        ValueError: it is none of them.
    """
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no mode: {FORM}")
    if not text.endswith("%"):
        return WHOLE if text == "enforce" else OBSERVE
    return int(Decimal(text[:-1]) * (WHOLE // 100))


def share_in_words(share: int) -> str:
    """`enforce`, `observe`, or the share in percent: what `parse_share` reads."""
    if share in (WHOLE, OBSERVE):
        return "enforce" if share else "observe"
    return f"{Decimal(share) / (WHOLE // 100):f}%"


def share_in_bundle(share: int) -> str | int:
    """As bundles and the directory write it."""
    return share_in_words(share) if share in (WHOLE, OBSERVE) else share


def share_of_bundle(value: str | int) -> int:
    """The ten-thousandths that a bundle's mode means."""
    return parse_share(value) if isinstance(value, str) else value


def modes_of_bundle(mode: str | int | dict[str, str | int]) -> dict[str, int]:
    """The share of each class, of an operation's `mode` in a bundle."""
    if isinstance(mode, dict):
        return {name: share_of_bundle(mode[name]) for name in RULE_CLASSES}
    return dict.fromkeys(RULE_CLASSES, share_of_bundle(mode))
