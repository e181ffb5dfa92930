"""How values become columns: JSON text in one form, times as RFC 3339 text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from firstclass.base.clock import format_time, parse_time


def to_json(value: Any) -> str:
    """Compact JSON with sorted names: equal values are equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Any:
    """The value of a JSON column."""
    return json.loads(text)


def words(text: str) -> tuple[str, ...]:
    """A JSON column that holds a list of words."""
    return tuple(json.loads(text))


def to_time(time: datetime | None) -> str | None:
    """A moment as a column holds it."""
    return None if time is None else format_time(time)


def from_time(text: str | None) -> datetime | None:
    """A moment that may be absent."""
    return None if text is None else parse_time(text)


def upsert(connection: Connection, table: Table, row: dict[str, Any], keep: Sequence[str] = ()) -> None:
    """Insert `row`, or update the row with its primary key, except for the columns in `keep`."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = insert(table).values(row)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in row if name not in keys and name not in keep}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
