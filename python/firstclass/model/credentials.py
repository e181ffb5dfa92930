"""Credentials as they are stored: an API key's peppered digest and its life. The key itself never comes here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firstclass.base.clock import unix_milliseconds
from firstclass.model.applications import TENANT

ACTIVE = "active"
REVOKED = "revoked"
EXPIRED = "expired"

STANDARD = "standard"
LEGACY = "legacy"
"""A key of another gateway, taken over with an end date; any text, and digested by way of its SHA-256."""


@dataclass(frozen=True)
class Credential:
    """An API key without the key. `prefix` (`fc_live_` and 8 characters of id) tells people which one it is."""

    id: str
    application: str
    prefix: str
    digest: str
    pepper: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    tenant: str = TENANT
    credential_class: str = STANDARD
    # How often it was sent in a query, as far as was reported.
    query_uses: int = 0

    def state(self, now: datetime) -> str:
        """`active`, `revoked` or `expired` at `now`; revoked wins, for it is the stronger word."""
        if self.revoked_at is not None:
            return REVOKED
        return ACTIVE if now < self.expires_at else EXPIRED

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Credential` in the directory); expiry is the engine's to judge."""
        value = {
            "tenant": self.tenant,
            "application": self.application,
            "digest": self.digest,
            "pepper": self.pepper,
            "state": ACTIVE if self.revoked_at is None else REVOKED,
            "expires_at": unix_milliseconds(self.expires_at),
        }
        return value if self.credential_class == STANDARD else {**value, "class": self.credential_class}
