"""Subscriptions: an application and the operations of an API that it may call. Frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firstclass.base.clock import unix_milliseconds
from firstclass.model.applications import TENANT

APPROVED = "approved"
REVOKED = "revoked"


@dataclass(frozen=True)
class Subscription:
    """Access of one application to named operations of one API; several to the same API add up."""

    id: str
    application: str
    api: str
    operations: tuple[str, ...]
    unmask: tuple[str, ...]
    state: str
    created_at: datetime
    until: datetime | None = None
    plan: str | None = None
    managed: bool = False
    tenant: str = TENANT

    def directory_value(self) -> dict[str, Any] | None:
        """What an engine knows of it (`Subscription` in the directory); None: nothing, it grants nothing."""
        if self.state != APPROVED:
            return None
        until = None if self.until is None else unix_milliseconds(self.until)
        return {
            "tenant": self.tenant,
            "application": self.application,
            "api": self.api,
            "operations": list(self.operations),
            "unmask": list(self.unmask),
            "until": until,
        }
