"""Randomness from the operating system, named so that a test can inject its own. There is no other source of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

Randomness = Callable[[int], bytes]
"""`n` in, `n` unpredictable bytes out."""

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def random_bytes(count: int) -> bytes:
    """`count` bytes that nobody can predict."""
    return secrets.token_bytes(count)


def base62(number: int, width: int) -> str:
    """`number` in digits, capitals, small letters; zero-padded to `width`.

    Raises:
        ValueError: negative or too large for `width`.
    """
    if number < 0:
        raise ValueError("only numbers from zero on have a base62 form here")
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    if number:
        raise ValueError(f"does not fit {width} base62 digits")
    return "".join(reversed(digits))
