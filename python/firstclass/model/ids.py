"""Ids: a prefix that tells the noun, and a UUIDv7 (RFC 9562 §5.7): they sort by creation and are never reused."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from firstclass.base.clock import unix_milliseconds

APPLICATION = "app"
SUBSCRIPTION = "sub"
CREDENTIAL = "key"

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def make_id(prefix: str, now: datetime, randomness: bytes) -> str:
    """`prefix` and a UUIDv7 of `now` and ten random bytes."""
    milliseconds = unix_milliseconds(now) & ((1 << 48) - 1)
    noise = int.from_bytes(randomness[:10], "big")
    number = milliseconds << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    return f"{prefix}_{UUID(int=number)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` has the form of an id of this noun."""
    return text.startswith(prefix + "_") and _UUID7.fullmatch(text, len(prefix) + 1) is not None
