"""Fetch the public keys of foreign issuers: on a schedule and when an engine met an unknown key, never because a
stranger asked more often. A failed fetch keeps the keys that are there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import Request

from firstclass.publish.bounded_opener import bounded_opener

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
ON_DEMAND_SECONDS = 30.0
TIMEOUT_SECONDS = 5.0
MAX_BYTES = 256 * 1024
MAX_KEYS = 100
# Members of a public JWK (RFC 7517, RFC 7518 §6.2–6.3, RFC 8037); a private part is never stored.
PUBLIC_MEMBERS = frozenset({"kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"})
# An RSA modulus of 16,384 bits takes 2,731 characters.
MAX_MEMBER = 4096
MAX_OPERATIONS = 16


class FetchFailed(Exception):
    """Why an issuer's keys could not be fetched; the old ones stay."""


def fetch_keys(uri: str) -> list[dict[str, Any]]:
    """The public JWKs at `uri` (a JWK set, RFC 7517 §5), signature keys only.

    Raises:
        FetchFailed: not reachable, not 200, too large, or no JWK set.
    """
    try:
        request = Request(uri, headers={"Accept": "application/jwk-set+json, application/json"})  # noqa: S310 - checked
        with bounded_opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
            body = answer.read(MAX_BYTES + 1)
    except (HTTPException, URLError, OSError, ValueError) as problem:
        raise FetchFailed(f"{uri}: {problem}") from None
    if len(body) > MAX_BYTES:
        raise FetchFailed(f"{uri}: more than {MAX_BYTES // 1024} KiB")
    try:
        keys = json.loads(body)["keys"]
        public = [_public(key) for key in keys if key.get("use") in (None, "sig")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise FetchFailed(f"{uri}: not a JWK set") from None
    if len(public) > MAX_KEYS:
        raise FetchFailed(f"{uri}: more than {MAX_KEYS} keys")
    return [key for key in public if key.get("kty") in ("EC", "RSA", "OKP") and all(map(_fits, key.values()))]


def _public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name in PUBLIC_MEMBERS}


def _fits(value: Any) -> bool:
    """Whether a member is what it is in every JWK: a text, or a few of them.

    Anything else could not be told to engines, and would stand in the way of all that is told after it.
    """
    if isinstance(value, list):
        return len(value) <= MAX_OPERATIONS and all(isinstance(each, str) and _fits(each) for each in value)
    return isinstance(value, str) and len(value) <= MAX_MEMBER and value.isprintable()


@dataclass
class FetchSchedule:
    """When each issuer's keys are due, on a monotonic clock; pure."""

    _due: dict[str, float] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def due(self, names: list[str], now: float) -> list[str]:
        """Issuers whose keys should be fetched now; a name seen for the first time is due at once."""
        return [name for name in names if now >= self._due.get(name, now)]

    def fetched(self, name: str, now: float, *, succeeded: bool) -> None:
        """Note an attempt."""
        self._last[name] = now
        self._due[name] = now + (REFRESH_SECONDS if succeeded else RETRY_SECONDS)

    def wanted(self, name: str, now: float) -> None:
        """An engine met an unknown key: due now, or as soon as 30 seconds have passed since the last attempt."""
        earliest = self._last.get(name, now - ON_DEMAND_SECONDS) + ON_DEMAND_SECONDS
        self._due[name] = min(self._due.get(name, earliest), max(now, earliest))

    def forget(self, name: str) -> None:
        """The issuer's address changed: fetch again at once."""
        self._due.pop(name, None)
