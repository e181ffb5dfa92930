"""The outbox: every change under its sequence number, waiting to become a signed delta of the directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from firstclass.base.clock import format_time, parse_time
from firstclass.model.applications import TENANT
from firstclass.storage.schema import outbox as table
from firstclass.storage.text import from_json, to_json

BUNDLE = "bundle"
"""Type of rows that announce a bundle."""

PRODUCT = "product"
"""Type of rows about products: engines know only the subscriptions to them. All other types belong to the directory."""


@dataclass(frozen=True)
class OutboxRow:
    """One change. `value` None: it is gone. Rows of type `bundle` and `product` are no directory change."""

    sequence: int
    type: str
    id: str
    value: dict[str, Any] | None
    created_at: datetime
    tenant: str = TENANT

    @property
    def is_directory(self) -> bool:
        """Whether the engines' directory has this type."""
        return self.type not in (BUNDLE, PRODUCT)

    def as_change(self) -> dict[str, Any]:
        """The `Change` of the directory's JSON form."""
        return {"type": self.type, "id": self.id, "value": self.value}


class Outbox:
    """What a reader can ask about the outbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def after(self, sequence: int, limit: int | None = None) -> list[OutboxRow]:
        """Rows that follow `sequence`, in order and without a gap among themselves."""
        wanted = select(table).where(table.c.sequence > sequence).order_by(table.c.sequence).limit(limit)
        return [
            OutboxRow(
                sequence=row.sequence,
                type=row.type,
                id=row.id,
                tenant=row.tenant,
                value=None if row.value is None else from_json(row.value),
                created_at=parse_time(row.created_at),
            )
            for row in self._connection.execute(wanted)
        ]

    def first_sequence(self) -> int | None:
        """The oldest row that was not pruned; None if there is none."""
        found: int | None = self._connection.scalar(select(func.min(table.c.sequence)))
        return found


def append(connection: Connection, rows: list[OutboxRow]) -> None:
    """Insert the rows."""
    texts = [
        vars(row)
        | {"value": None if row.value is None else to_json(row.value), "created_at": format_time(row.created_at)}
        for row in rows
    ]
    connection.execute(insert(table), texts)


def prune(connection: Connection, up_to_sequence: int) -> int:
    """Delete rows up to and with `up_to_sequence`; how many went."""
    return connection.execute(delete(table).where(table.c.sequence <= up_to_sequence)).rowcount
