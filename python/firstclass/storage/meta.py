"""The store's few single values: counters, the head of the audit chain, the latest time seen, the keyring's id."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from firstclass.storage.schema import meta as table
from firstclass.storage.text import upsert

SEQUENCE = "sequence"
AUDIT_SEQUENCE = "audit_sequence"
AUDIT_HASH = "audit_hash"
LATEST_TIME = "latest_time"
KEYRING = "keyring"

# Built once: control asks for the sequence several times a second, and building a statement costs more than running it.
_FIND = select(table.c.value).where(table.c.name == bindparam("name"))


def find(connection: Connection, name: str) -> str | None:
    """A value, or None if it was never set."""
    found: str | None = connection.scalar(_FIND, {"name": name})
    return found


def sequence(connection: Connection) -> int:
    """The number of the last change; 0 before the first."""
    return int(find(connection, SEQUENCE) or 0)


def hold_all(connection: Connection) -> dict[str, str]:
    """Every value, locked until the transaction ends: changes take their numbers one after the other."""
    return {row.name: row.value for row in connection.execute(select(table).with_for_update())}


def set_value(connection: Connection, name: str, value: str) -> None:
    """Insert or overwrite a value."""
    upsert(connection, table, {"name": name, "value": value})
