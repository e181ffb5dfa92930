"""Credentials in the store: digests only. How they are found, and how one is written (by a `Change` only)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from firstclass.base.clock import format_time, parse_time
from firstclass.model.credentials import Credential
from firstclass.model.errors import not_found
from firstclass.storage.schema import credentials as table
from firstclass.storage.text import from_time, to_time, upsert

_ID_LENGTH = 40
_BATCH = 500


class Credentials:
    """What a reader can ask about credentials."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def find(self, id: str) -> Credential | None:  # noqa: A002 - the noun's own word
        """By id (`key_…`) or by prefix (`fc_live_` and eight characters); None if there is none."""
        found = self._select((table.c.id == id) | (table.c.prefix == id))
        return found[0] if found else None

    def get(self, id: str) -> Credential:  # noqa: A002
        """By id or prefix.

        Raises:
            FirstclassError: not_found; the message never repeats a whole key that was pasted for an id.
        """
        found = self.find(id)
        if found is None:
            shown = id if len(id) <= _ID_LENGTH else id[:16] + "…"
            raise not_found("key", shown, "firstclass keys list APPLICATION")
        return found

    def find_digests(self, digests: Iterable[str]) -> dict[str, Credential]:
        """Those of these digests that are stored, whatever their state."""
        wanted, found = list(digests), {}
        for start in range(0, len(wanted), _BATCH):
            for credential in self._select(table.c.digest.in_(wanted[start : start + _BATCH])):
                found[credential.digest] = credential
        return found

    def of(self, application: str) -> list[Credential]:
        """Of one application (its id), in the order of their creation."""
        return self._select(table.c.application == application)

    def all(self) -> list[Credential]:
        """In the order of their creation."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Credential]:
        wanted = select(table).where(table.c.tenant == self._tenant, *conditions).order_by(table.c.id)
        return [
            Credential(
                id=row.id,
                application=row.application,
                prefix=row.prefix,
                digest=row.digest,
                pepper=row.pepper,
                created_at=parse_time(row.created_at),
                expires_at=parse_time(row.expires_at),
                revoked_at=from_time(row.revoked_at),
                last_used_at=from_time(row.last_used_at),
                tenant=row.tenant,
                credential_class=getattr(row, "class"),
                query_uses=row.query_uses,
            )
            for row in self._connection.execute(wanted)
        ]


def write(connection: Connection, credential: Credential) -> None:
    """Insert or update the row; when it was last used is no change and stays."""
    upsert(
        connection,
        table,
        {
            "id": credential.id,
            "tenant": credential.tenant,
            "application": credential.application,
            "prefix": credential.prefix,
            "digest": credential.digest,
            "pepper": credential.pepper,
            "created_at": format_time(credential.created_at),
            "expires_at": format_time(credential.expires_at),
            "revoked_at": to_time(credential.revoked_at),
            "last_used_at": to_time(credential.last_used_at),
            "class": credential.credential_class,
            "query_uses": credential.query_uses,
        },
        keep=("last_used_at", "query_uses"),
    )


def record_use(connection: Connection, id: str, at: datetime) -> None:  # noqa: A002 - the noun's own word
    """Move `last_used_at` forward."""
    older = table.c.last_used_at.is_(None) | (table.c.last_used_at < format_time(at))
    connection.execute(update(table).where(table.c.id == id, older).values(last_used_at=format_time(at)))


def record_query_uses(connection: Connection, id: str, count: int) -> None:  # noqa: A002 - the noun's own word
    """Count uses of a key in a query."""
    connection.execute(update(table).where(table.c.id == id).values(query_uses=table.c.query_uses + count))
