"""One consistent state of the store, read noun by noun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from firstclass.base.clock import parse_time
from firstclass.storage import meta
from firstclass.storage.applications import Applications
from firstclass.storage.audit import Audit
from firstclass.storage.bundles import Bundles
from firstclass.storage.credentials import Credentials
from firstclass.storage.engines import Engines
from firstclass.storage.issuers import Issuers
from firstclass.storage.modes import Modes
from firstclass.storage.outbox import Outbox
from firstclass.storage.plans import Plans
from firstclass.storage.products import Products
from firstclass.storage.sightings import Sightings
from firstclass.storage.subscriptions import Subscriptions


class Reader:
    """The repositories over one connection. `now` never lies before a time that the store has already seen."""

    def __init__(self, connection: Connection, wall_clock: datetime, tenant: str) -> None:
        self._connection = connection
        self.tenant = tenant
        self.wall_clock = wall_clock
        self.applications = Applications(connection, tenant)
        self.subscriptions = Subscriptions(connection, tenant)
        self.credentials = Credentials(connection, tenant)
        self.issuers = Issuers(connection, tenant)
        self.modes = Modes(connection, tenant)
        self.plans = Plans(connection, tenant)
        self.products = Products(connection, tenant)
        self.bundles = Bundles(connection, tenant)
        self.engines = Engines(connection, tenant)
        self.sightings = Sightings(connection, tenant)
        self.outbox = Outbox(connection)
        self.audit = Audit(connection)
        latest = meta.find(connection, meta.LATEST_TIME)
        # A clock that was set back must not revive what has expired.
        self.now = wall_clock if latest is None else max(wall_clock, parse_time(latest))

    def latest_sequence(self) -> int:
        """The number of the last change; 0 before the first."""
        return meta.sequence(self._connection)

    def keyring_id(self) -> str | None:
        """The keyring that this store's digests belong to; None before the first."""
        return meta.find(self._connection, meta.KEYRING)

    def directory(self) -> list[dict[str, Any]]:
        """Every directory change that is in force, as an engine would hold it after all deltas."""
        nouns: list[tuple[str, str, dict[str, Any] | None]] = []
        nouns += [("application", noun.id, noun.directory_value()) for noun in self.applications.all()]
        nouns += [("credential", noun.id, noun.directory_value()) for noun in self.credentials.all()]
        nouns += [("plan", noun.name, noun.directory_value()) for noun in self.plans.all()]
        nouns += [("subscription", noun.id, noun.directory_value()) for noun in self.subscriptions.all()]
        nouns += [("issuer", noun.name, noun.directory_value()) for noun in self.issuers.all()]
        nouns += [("mode", api, self.modes.directory_value(api)) for api in self.modes.apis()]
        return [{"type": type_, "id": id_, "value": value} for type_, id_, value in nouns if value is not None]
