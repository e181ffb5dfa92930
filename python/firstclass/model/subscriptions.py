"""Subscriptions: an application and the operations of an API that it may call. Frozen values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firstclass.base.clock import unix_milliseconds
from firstclass.model.applications import TENANT
from firstclass.model.plans import Product

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
    """The plan whose limits hold: its own (`own_plan`), or its product's."""
    product: str | None = None
    """The product whose API and operations these are; they follow it."""
    own_plan: bool = False
    managed: bool = False
    tenant: str = TENANT

    def is_alive(self, now: datetime) -> bool:
        """Whether it grants anything at this time."""
        return self.state == APPROVED and (self.until is None or self.until > now)

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
            **({"plan": self.plan} if self.plan else {}),
            **({"product": self.product} if self.product else {}),
        }

    def to_product(self, product: Product) -> Subscription:
        """The same, as its product is now."""
        plan = self.plan if self.own_plan else product.plan
        return replace(self, product=product.name, api=product.api, operations=product.operations, plan=plan)
