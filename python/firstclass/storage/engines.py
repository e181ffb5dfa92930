"""What each engine has confirmed to hold, durably and in effect. Control writes it as it hears it: no change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from firstclass.base.clock import format_time, parse_time
from firstclass.storage.schema import engines as table
from firstclass.storage.text import from_json, to_json, upsert


@dataclass(frozen=True)
class EngineStatus:
    """An engine and how far it got. `bundles`: API to `{"sequence", "hash"}`, as in the link's `confirm`."""

    id: str
    directory_sequence: int
    bundles: dict[str, Any]
    seen_at: datetime


class Engines:
    """What a reader can ask about engines."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def all(self) -> list[EngineStatus]:
        """By id."""
        wanted = select(table).where(table.c.tenant == self._tenant).order_by(table.c.id)
        return [
            EngineStatus(row.id, row.directory_sequence, from_json(row.bundles), parse_time(row.seen_at))
            for row in self._connection.execute(wanted)
        ]


def write(connection: Connection, engine: EngineStatus, tenant: str) -> None:
    """Insert or update the row."""
    upsert(
        connection,
        table,
        {
            "id": engine.id,
            "tenant": tenant,
            "directory_sequence": engine.directory_sequence,
            "bundles": to_json(engine.bundles),
            "seen_at": format_time(engine.seen_at),
        },
    )
