"""Foreign issuers whose tokens are believed. Frozen values; fetching their keys, and asking them, is done elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firstclass.model.applications import TENANT
from firstclass.model.issuer_presets import RequiredClaim


@dataclass(frozen=True)
class Introspection:
    """How an issuer is asked about opaque tokens (RFC 7662). The secret itself is never here: only where it lies."""

    url: str
    client_id: str
    secret_file: str | None = None
    secret_env: str | None = None
    cache_seconds: int = 30


@dataclass(frozen=True)
class Issuer:
    """A believed foreign issuer, as the configuration names it, with the public keys that were fetched.

    No audience at all: its tokens name none, and are believed of registered applications only. `jwks_uri` is None where
    its tokens are opaque.
    """

    name: str
    issuer: str
    audience: tuple[str, ...]
    jwks_uri: str | None
    algorithms: tuple[str, ...]
    application_claims: tuple[str, ...]
    types: tuple[str, ...]
    audience_claim: str = "aud"
    required_claims: tuple[RequiredClaim, ...] = ()
    introspection: Introspection | None = None
    keys: tuple[dict[str, Any], ...] = ()
    fetched_at: datetime | None = None
    tenant: str = TENANT

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Issuer` in the directory)."""
        value: dict[str, Any] = {
            "tenant": self.tenant,
            "issuer": self.issuer,
            "audience": _names(self.audience),
            "algorithms": list(self.algorithms),
            "application_claim": _names(self.application_claims),
            "types": list(self.types),
            "keys": list(self.keys),
        }
        if self.audience_claim != "aud":
            value["audience_claim"] = self.audience_claim
        if self.required_claims:
            value["required_claims"] = [
                {"claims": list(r.claims), "values": list(r.values)} for r in self.required_claims
            ]
        if self.introspection is not None:
            value["introspection"] = {"cache_seconds": self.introspection.cache_seconds}
        return value


def _names(names: tuple[str, ...]) -> str | list[str] | None:
    """Nothing, one name, or a list."""
    return (names[0] if names else None) if len(names) < 2 else list(names)
