"""Modes in the store: what people, or a step back, set at run time (written by a `Change` only)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, select

from firstclass.base.clock import format_time, parse_time
from firstclass.base.modes import share_in_bundle
from firstclass.storage.schema import modes as table
from firstclass.storage.text import upsert

Why = Literal["person", "stepped_back"]
Set = Mapping[str, Mapping[str, int | None]]
"""Shares to set by operation and class of rules; None: as the contract says."""


@dataclass(frozen=True)
class StoredMode:
    """How many of ten thousand callers are held to a class of rules of one operation, and who said so."""

    share: int
    why: str
    changed_at: datetime


class Modes:
    """What a reader can ask about modes."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def of(self, api: str) -> dict[str, dict[str, StoredMode]]:
        """By operation and class of rules; what is absent is as the bundle says."""
        found: dict[str, dict[str, StoredMode]] = {}
        wanted = select(table).where(table.c.tenant == self._tenant, table.c.api == api)
        for row in self._connection.execute(wanted.order_by(table.c.operation, table.c.rule_class)):
            mode = StoredMode(row.share, row.why, parse_time(row.changed_at))
            found.setdefault(row.operation, {})[row.rule_class] = mode
        return found

    def apis(self) -> list[str]:
        """Names of the APIs for which something is set."""
        wanted = select(table.c.api).distinct().where(table.c.tenant == self._tenant).order_by(table.c.api)
        return list(self._connection.scalars(wanted))

    def directory_value(self, api: str) -> dict[str, Any] | None:
        """The value of the API's directory change; None: nothing is set."""
        held = self.of(api)
        if not held:
            return None
        operations = {
            operation: {name: share_in_bundle(mode.share) for name, mode in classes.items()}
            for operation, classes in held.items()
        }
        return {"tenant": self._tenant, "operations": operations}


def write(connection: Connection, tenant: str, api: str, shares: Set, why: Why, now: datetime) -> None:
    """Set or forget rows."""
    for operation, classes in shares.items():
        for name, share in classes.items():
            key = {"tenant": tenant, "api": api, "operation": operation, "rule_class": name}
            if share is None:
                connection.execute(delete(table).where(*(table.c[column] == value for column, value in key.items())))
            else:
                upsert(connection, table, {**key, "share": share, "why": why, "changed_at": format_time(now)})


def forget(connection: Connection, tenant: str, api: str) -> int:
    """Forget everything that is set for an API; how many rows went."""
    return connection.execute(delete(table).where(table.c.tenant == tenant, table.c.api == api)).rowcount
