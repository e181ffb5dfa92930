"""The text of an API key: `fc_live_` or `fc_test_`, 8 characters of id, `_`, 43 of secret, 6 of CRC-32; base62."""

from __future__ import annotations

import hmac
import re
import zlib

from firstclass.base.randomness import Randomness, base62
from firstclass.base.secret import Secret, base64url

LIVE = "fc_live_"
TEST = "fc_test_"
_FORM = re.compile(r"(fc_(?:live|test)_[0-9A-Za-z]{8})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})")
_ID_CHARACTERS = 8


def make_key(randomness: Randomness, kind: str = LIVE) -> tuple[Secret, str]:
    """A new key with 256 bits of secret, and its prefix (which is no secret)."""
    noise = int.from_bytes(randomness(16), "big") % 62**_ID_CHARACTERS  # 128 bits down to 48: no bias to speak of
    prefix = kind + base62(noise, _ID_CHARACTERS)
    body = f"{prefix}_{base62(int.from_bytes(randomness(32), 'big'), 43)}"
    return Secret(body + checksum(body)), prefix


def checksum(body: str) -> str:
    """CRC-32 of all before it: tells a mistyped or cut-off key, and lets secret scanners tell keys from noise."""
    return base62(zlib.crc32(body.encode("ascii")), 6)


def is_well_formed(text: str) -> bool:
    """Whether `text` has the form and the checksum of a key; says nothing of whether it was ever issued."""
    match = _FORM.fullmatch(text)
    return match is not None and checksum(text[: match.start(2)]) == match[2]


def digest(pepper: Secret, key: Secret) -> str:
    """HMAC-SHA-256 under the pepper over the whole key text, base64url: the only form in which a key is stored."""
    return base64url(hmac.digest(pepper.reveal(), key.reveal(), "sha256"))
