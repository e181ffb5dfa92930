"""Counts of calls and of what was, or would have been, refused: a database of its own beside the store, so that
counting never waits for a person's change, or makes one wait.

An engine reports sums since it started. What was heard of each run is kept in the same transaction as what was added,
so that a report that comes twice, before or after a crash, counts once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from firstclass.base.clock import format_time
from firstclass.storage.database import BUSY_TIMEOUT_SECONDS, Database

FILE = "counts.db"
VERSION = 1
KEPT_DAYS = 35
RUN_FORGOTTEN_AFTER = timedelta(days=2)
CONTRACT_LENGTH = 16
"""So much of a bundle's hash names a contract."""

_KEY = ("api", "contract", "operation", "application", "decision")
_TABLES = {
    "calls": (*_KEY, "reason"),
    "places": (*_KEY, "class", "in", "name", "keyword"),
}
_DDL = (
    *(
        f"CREATE TABLE IF NOT EXISTS {name} (day TEXT NOT NULL, "
        + "".join(f'"{column}" TEXT NOT NULL, ' for column in columns)
        + "count INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL, PRIMARY KEY (day, "
        + ", ".join(f'"{column}"' for column in columns)
        + ")) WITHOUT ROWID"
        for name, columns in _TABLES.items()
    ),
    "CREATE TABLE IF NOT EXISTS reported (run TEXT NOT NULL, key TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (run, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, seen_at TEXT NOT NULL) WITHOUT ROWID",
    f"PRAGMA user_version = {VERSION}",
)


@dataclass(frozen=True)
class Report:
    """One sum of an engine: `table` is `calls` or `places`, `values` its columns' values, None where there is none."""

    table: str
    values: tuple[str | None, ...]
    count: int

    @classmethod
    def of(cls, table: str, row: Mapping[str, Any]) -> Report:
        """From a row of a frame."""
        return cls(table, tuple(row.get(column) for column in _TABLES[table]), int(row["count"]))

    @property
    def key(self) -> str:
        """What tells it from others of its run."""
        return json.dumps([self.table, *self.values], ensure_ascii=False)


@dataclass(frozen=True)
class PlaceCount:
    """Calls that had one violation: `rule_class` and `keyword` say which, `place` and `name` where; all None for the
    calls themselves, the last three for all of a class. `decision` is empty where those that passed and those that were
    refused stand together; `refused` are the latter."""

    operation: str
    decision: str
    rule_class: str | None
    place: str | None
    name: str | None
    keyword: str | None
    calls: int
    applications: int
    first_at: str
    last_at: str
    refused: int = 0


class Counts:
    """Over the file in one data directory. One process records; any may read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heard: dict[str, dict[str, int]] = {}

    @classmethod
    def open(cls, data: Path, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Counts:
        """Open or create the file in `data`.

        Raises:
            FirstclassError: not writable, locked, full or damaged.
        """
        database = Database(data / FILE, busy_timeout_seconds)
        try:
            with database.reading() as connection:
                is_made = connection.exec_driver_sql("PRAGMA user_version").scalar() == VERSION
            if not is_made:
                with database.writing() as connection:
                    for statement in _DDL:
                        connection.exec_driver_sql(statement)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def record(self, run: str, reports: Iterable[Report], now: datetime) -> None:
        """Add what is new in the sums of a run; durable when it returns.

        Raises:
            FirstclassError: it could not be written; nothing was added.
        """
        at, day = format_time(now), now.strftime("%Y-%m-%d")
        with self._database.writing() as connection:
            held = self._heard.get(run)
            if held is None:
                rows = connection.exec_driver_sql("SELECT key, count AS reached FROM reported WHERE run = ?", (run,))
                held = {row.key: row.reached for row in rows}
            fresh = {}
            for report in reports:
                known = held.get(report.key, 0)
                # A sum that shrank began anew.
                added = report.count - known if report.count >= known else report.count
                if added > 0:
                    fresh[report.key] = report.count
                    values = (day, *(value or "" for value in report.values), added, at, at)
                    connection.exec_driver_sql(_UPSERTS[report.table], values)
            if fresh:
                connection.exec_driver_sql(
                    "INSERT INTO reported (run, key, count) VALUES (?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET count = excluded.count",
                    [(run, key, count) for key, count in fresh.items()],
                )
            connection.exec_driver_sql("INSERT OR REPLACE INTO runs (run, seen_at) VALUES (?, ?)", (run, at))
        self._heard[run] = held | fresh

    def prune(self, now: datetime) -> None:
        """Forget days that nobody asks about any more, and runs that will not report again."""
        oldest, gone = (now - timedelta(days=KEPT_DAYS)).strftime("%Y-%m-%d"), format_time(now - RUN_FORGOTTEN_AFTER)
        with self._database.writing() as connection:
            for table in _TABLES:
                connection.exec_driver_sql(f"DELETE FROM {table} WHERE day < ?", (oldest,))  # noqa: S608 - our own name
            ended = "SELECT run FROM runs WHERE seen_at < ?"
            connection.exec_driver_sql(f"DELETE FROM reported WHERE run IN ({ended})", (gone,))  # noqa: S608
            connection.exec_driver_sql("DELETE FROM runs WHERE seen_at < ?", (gone,))

    def calls(self, api: str, contract: str, since_day: str, reasons: Iterable[str]) -> dict[str, int]:
        """How many calls of each operation were let in, or refused for one of `reasons`, since a day."""
        words = ["", *reasons]
        marks = ", ".join("?" * len(words))
        wanted = (
            "SELECT operation, SUM(count) AS calls FROM calls WHERE api = ? AND contract = ? AND day >= ?"  # noqa: S608 - marks only
            f" AND reason IN ({marks}) GROUP BY operation"
        )
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(wanted, (api, contract[:CONTRACT_LENGTH], since_day, *words))
            return {row.operation: int(row.calls) for row in rows}

    def places(self, api: str, contract: str, since_day: str, *, together: bool = False) -> list[PlaceCount]:
        """What was wrong with calls since a day, by place, most calls first; `together`: each place once, whether its
        calls passed or were refused."""
        wanted = _PLACES_TOGETHER if together else _PLACES_BY_DECISION
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(wanted, (api, contract[:CONTRACT_LENGTH], since_day)).all()
        return [
            PlaceCount(
                operation=row.operation,
                decision=row.decision,
                rule_class=row.class_ or None,
                place=row.in_ or None,
                # An empty pointer is the whole body; without a keyword there is no place.
                name=row.name if row.keyword else None,
                keyword=row.keyword or None,
                calls=int(row.calls),
                applications=int(row.applications),
                first_at=row.first_at,
                last_at=row.last_at,
                refused=int(row.refused),
            )
            for row in rows
        ]


def _upsert(table: str) -> str:
    columns = ("day", *_TABLES[table], "count", "first_at", "last_at")
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    return (
        f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        " ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at"
    )


_UPSERTS = {table: _upsert(table) for table in _TABLES}
_PLACES = (
    'SELECT operation, {decision}, class AS class_, "in" AS in_, name, keyword, SUM(count) AS calls,'
    " SUM(CASE WHEN decision = 'deny' THEN count ELSE 0 END) AS refused,"
    " COUNT(DISTINCT NULLIF(application, '')) AS applications, MIN(first_at) AS first_at, MAX(last_at) AS last_at"
    " FROM places WHERE api = ? AND contract = ? AND day >= ?"
    ' GROUP BY operation, {by}class, "in", name, keyword ORDER BY calls DESC, operation, name, keyword'
)
_PLACES_BY_DECISION = _PLACES.format(decision="decision", by="decision, ")
_PLACES_TOGETHER = _PLACES.format(decision="'' AS decision", by="")
