"""Foreign issuers whose tokens are believed. Frozen values; fetching their keys is the business of `publish`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firstclass.model.applications import TENANT


@dataclass(frozen=True)
class Issuer:
    """A believed foreign issuer, as the configuration names it, with the public keys that were fetched."""

    name: str
    issuer: str
    audience: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    application_claim: str | None
    types: tuple[str, ...]
    keys: tuple[dict[str, Any], ...] = ()
    fetched_at: datetime | None = None
    tenant: str = TENANT

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Issuer` in the directory)."""
        return {
            "tenant": self.tenant,
            "issuer": self.issuer,
            "audience": self.audience,
            "algorithms": list(self.algorithms),
            "application_claim": self.application_claim,
            "types": list(self.types),
            "keys": list(self.keys),
        }
