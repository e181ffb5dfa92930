"""What engines saw and people should know: applications that nobody registered, and how many calls came with a session
that nobody knows. Facts about traffic; they change nobody's rights, and are bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from firstclass.base.clock import format_time, parse_time
from firstclass.storage.schema import session_calls, unregistered_clients
from firstclass.storage.text import upsert

# An issuer that lets anybody make clients does not fill the store.
MOST_CLIENTS = 10_000


@dataclass(frozen=True)
class UnregisteredClient:
    """An application that good tokens of `issuer` (the entry's name) name, and that nobody registered."""

    issuer: str
    client_id: str
    calls: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class SessionCalls:
    """Calls of one API that came with a session, since the engines that told it started."""

    api: str
    known: int
    unknown: int

    @property
    def share(self) -> float:
        """The part of them whose session nobody knows."""
        return self.unknown / max(1, self.known + self.unknown)


class Sightings:
    """What a reader can ask about them."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def unregistered(self) -> list[UnregisteredClient]:
        """The latest first; what was registered meanwhile is left out."""
        from firstclass.storage.schema import application_clients as registered

        table = unregistered_clients
        same = (registered.c.tenant == table.c.tenant) & (registered.c.issuer == table.c.issuer)
        is_registered = select(registered.c.client_id).where(same, registered.c.client_id == table.c.client_id).exists()
        wanted = select(table).where(table.c.tenant == self._tenant, ~is_registered)
        return [
            UnregisteredClient(
                row.issuer, row.client_id, row.calls, parse_time(row.first_seen_at), parse_time(row.last_seen_at)
            )
            for row in self._connection.execute(wanted.order_by(table.c.last_seen_at.desc(), table.c.client_id))
        ]

    def session_calls(self, api: str) -> SessionCalls | None:
        """Of one API, all engines together; None: no call came with a session yet."""
        table = session_calls
        sums = select(func.sum(table.c.known), func.sum(table.c.unknown))
        row = self._connection.execute(sums.where(table.c.tenant == self._tenant, table.c.api == api)).one()
        return None if row[0] is None else SessionCalls(api, int(row[0]), int(row[1]))


def add_unregistered(connection: Connection, tenant: str, seen: UnregisteredClient) -> None:
    """Add calls to what is known of the application; the one not seen for longest goes where there are too many."""
    table = unregistered_clients
    mine = (table.c.tenant == tenant, table.c.issuer == seen.issuer, table.c.client_id == seen.client_id)
    held = connection.execute(select(table).where(*mine)).one_or_none()
    if held is None and _count(connection, tenant) >= MOST_CLIENTS:
        oldest = select(table.c.issuer, table.c.client_id).where(table.c.tenant == tenant)
        row = connection.execute(oldest.order_by(table.c.last_seen_at).limit(1)).one()
        which = (table.c.tenant == tenant, table.c.issuer == row.issuer, table.c.client_id == row.client_id)
        connection.execute(delete(table).where(*which))
    last = format_time(seen.last_seen_at)
    upsert(
        connection,
        table,
        {
            "tenant": tenant,
            "issuer": seen.issuer,
            "client_id": seen.client_id,
            "calls": seen.calls + (held.calls if held is not None else 0),
            "first_seen_at": held.first_seen_at if held is not None else format_time(seen.first_seen_at),
            "last_seen_at": max(last, held.last_seen_at) if held is not None else last,
        },
    )


def _count(connection: Connection, tenant: str) -> int:
    table = unregistered_clients
    return connection.scalar(select(func.count()).select_from(table).where(table.c.tenant == tenant)) or 0


def set_session_calls(connection: Connection, tenant: str, engine: str, calls: SessionCalls) -> None:
    """What one engine counted since it started, in place of what it said before."""
    row = {"tenant": tenant, "api": calls.api, "engine": engine, "known": calls.known, "unknown": calls.unknown}
    upsert(connection, session_calls, row)
