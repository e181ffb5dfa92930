"""The store's few single values: counters, the head of the audit chain, the latest time seen, the keyring's id."""

from __future__ import annotations

from sqlalchemy import Connection, select

from firstclass.storage.schema import meta as table
from firstclass.storage.text import upsert

SEQUENCE = "sequence"
AUDIT_SEQUENCE = "audit_sequence"
AUDIT_HASH = "audit_hash"
LATEST_TIME = "latest_time"
KEYRING = "keyring"


def find(connection: Connection, name: str) -> str | None:
    """A value, or None if it was never set."""
    found: str | None = connection.scalar(select(table.c.value).where(table.c.name == name))
    return found


def hold_all(connection: Connection) -> dict[str, str]:
    """Every value, locked until the transaction ends: changes take their numbers one after the other."""
    return {row.name: row.value for row in connection.execute(select(table).with_for_update())}


def set_value(connection: Connection, name: str, value: str) -> None:
    """Insert or overwrite a value."""
    upsert(connection, table, {"name": name, "value": value})
