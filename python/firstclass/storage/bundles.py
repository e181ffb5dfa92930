"""Bundles in the store: every one that was ever live, its sequence from the counter that all changes share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from firstclass.base.clock import format_time, parse_time
from firstclass.model.applications import TENANT
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage.schema import bundles as table
from firstclass.storage.suggestion import suggest


@dataclass(frozen=True)
class StoredBundle:
    """A bundle as its exact text, with its place in the sequence. `hash`: hexadecimal SHA-256 of the payload."""

    api: str
    sequence: int
    hash: str
    payload: str
    source_map: str
    title: str
    version: str
    created_at: datetime
    managed: bool = True
    tenant: str = TENANT


@dataclass(frozen=True)
class BundleHead:
    """What is live for an API, without the payload. `hash` is None where the API was removed at that sequence."""

    api: str
    sequence: int
    hash: str | None


class Bundles:
    """What a reader can ask about bundles."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def heads(self) -> list[BundleHead]:
        """The latest entry of every API that ever had one, the removed ones too."""
        latest = (
            select(func.max(table.c.sequence)).where(table.c.tenant == self._tenant).group_by(table.c.api)
        ).scalar_subquery()
        wanted = select(table.c.api, table.c.sequence, table.c.hash).where(table.c.sequence.in_(latest))
        return [
            BundleHead(row.api, row.sequence, row.hash)
            for row in self._connection.execute(wanted.order_by(table.c.api))
        ]

    def find(self, api: str) -> StoredBundle | None:
        """The live bundle of an API; None if it has none."""
        newest = self._rows(table.c.api == api, limit=1)
        return _bundle(newest[0]) if newest and newest[0].payload is not None else None

    def get(self, api: str) -> StoredBundle:
        """The live bundle of an API.

        Raises:
            FirstclassError: unknown_api, with the API that was probably meant.
        """
        found = self.find(api)
        if found is None:
            live = [head.api for head in self.heads() if head.hash is not None]
            known = f"known: {', '.join(live)}" if live else "nothing was applied yet: firstclass apply"
            hint = suggest(api, live) or known
            raise FirstclassError("unknown_api", f"there is no API {api!r}", hint=hint, exit_code=Exit.NOT_FOUND)
        return found

    def at(self, api: str, sequence: int) -> StoredBundle | None:
        """The bundle that an API had from `sequence` on; None if it was never stored, or a removal."""
        rows = self._rows((table.c.api == api) & (table.c.sequence == sequence), limit=1)
        return _bundle(rows[0]) if rows and rows[0].payload is not None else None

    def with_hash(self, api: str, hash: str) -> StoredBundle | None:  # noqa: A002 - the noun's own word
        """The newest bundle of an API with this hash: what an event or `explain` refers to."""
        rows = self._rows((table.c.api == api) & (table.c.hash == hash), limit=1)
        return _bundle(rows[0]) if rows else None

    def current(self) -> list[StoredBundle]:
        """The live bundle of every API."""
        found = (self.find(head.api) for head in self.heads() if head.hash is not None)
        return [bundle for bundle in found if bundle is not None]

    def _rows(self, condition: Any, limit: int) -> list[Any]:
        wanted = select(table).where(table.c.tenant == self._tenant, condition).order_by(table.c.sequence.desc())
        return list(self._connection.execute(wanted.limit(limit)))


def write(connection: Connection, bundle: StoredBundle) -> None:
    """Append the row."""
    connection.execute(
        insert(table).values(
            sequence=bundle.sequence,
            tenant=bundle.tenant,
            api=bundle.api,
            hash=bundle.hash,
            payload=bundle.payload,
            source_map=bundle.source_map,
            title=bundle.title,
            version=bundle.version,
            managed=bundle.managed,
            created_at=format_time(bundle.created_at),
        )
    )


def write_removal(connection: Connection, api: str, sequence: int, now: datetime, tenant: str) -> None:
    """Append the row that says: from here on the API is gone."""
    connection.execute(
        insert(table).values(sequence=sequence, tenant=tenant, api=api, managed=True, created_at=format_time(now))
    )


def _bundle(row: Any) -> StoredBundle:
    return StoredBundle(
        api=row.api,
        sequence=row.sequence,
        hash=row.hash,
        payload=row.payload,
        source_map=row.source_map,
        title=row.title,
        version=row.version,
        created_at=parse_time(row.created_at),
        managed=row.managed,
        tenant=row.tenant,
    )
