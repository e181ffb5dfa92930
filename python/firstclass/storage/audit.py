"""The audit chain in the store: appended to by a `Change`, read here, guarded against UPDATE and DELETE by triggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from firstclass.model.audit import FIRST, AuditLine, is_chained
from firstclass.storage import meta
from firstclass.storage.schema import audit as table
from firstclass.storage.text import from_json, to_json


@dataclass(frozen=True)
class ChainVerdict:
    """Whether every line follows from the one before. `broken_at` is the first sequence that does not."""

    lines: int
    broken_at: int | None = None

    @property
    def intact(self) -> bool:
        """Nothing was altered, inserted, taken out, or cut off at the end."""
        return self.broken_at is None


class Audit:
    """What a reader can ask about the audit chain."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lines(self, after_sequence: int = 0, limit: int | None = None) -> Iterator[AuditLine]:
        """Lines in order; the chain is one for all tenants."""
        wanted = select(table).where(table.c.sequence > after_sequence).order_by(table.c.sequence).limit(limit)
        for row in self._connection.execute(wanted.execution_options(yield_per=1000)):
            yield _line(row)

    def verify(self) -> ChainVerdict:
        """Follow the chain from its first line to its recorded head."""
        expected, previous = 0, FIRST
        for line in self.lines():
            expected += 1
            if line.sequence != expected or not is_chained(line, previous):
                return ChainVerdict(expected - 1, broken_at=expected)
            previous = line.hash
        if (meta.find(self._connection, meta.AUDIT_HASH) or FIRST) != previous:
            return ChainVerdict(expected, broken_at=expected + 1)
        return ChainVerdict(expected)


def append(connection: Connection, lines: list[AuditLine]) -> None:
    """Insert the rows."""
    rows = [vars(line) | {"detail": to_json(line.detail)} for line in lines]
    connection.execute(insert(table), rows)


def _line(row: Any) -> AuditLine:
    return AuditLine(
        sequence=row.sequence,
        tenant=row.tenant,
        time=row.time,
        actor=row.actor,
        action=row.action,
        noun=row.noun,
        id=row.id,
        detail=from_json(row.detail),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
