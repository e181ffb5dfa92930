"""How values become columns: JSON text in one form, times as RFC 3339 text."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import sqlite

from firstclass.base.clock import format_time, parse_time

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def to_json(value: Any) -> str:
    """Compact JSON with sorted names: equal values are equal text.

    Raises:
        ValueError: NaN or infinity, which no reader of JSON takes.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


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


def upsert(connection: Connection, table: Table, row: dict[str, Any], keep: tuple[str, ...] = ()) -> None:
    """Insert `row` (every column of it), or update the row with its primary key, except for the columns in `keep`."""
    connection.execute(_upsert(connection.dialect.name, table, keep), row)


@cache
def _upsert(dialect: str, table: Table, keep: tuple[str, ...]) -> Executable:
    # Built once: building it for each row would cost more than running it.
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in keys and column.name not in keep
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # late: every command would pay for loading it

        return insert(table)
    return sqlite.insert(table)
