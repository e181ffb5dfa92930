"""The connection to SQLite: durable (WAL, synchronous=FULL), one writer at a time, who waits five seconds at most."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from firstclass.base.files import PRIVATE_FILE, make_private_directory
from firstclass.storage.failures import explained, unwritable

BUSY_TIMEOUT_SECONDS = 5.0
_IMMEDIATE = "firstclass_immediate"


class Database:
    """One SQLite file and the two ways to talk to it: reading a consistent snapshot, and writing alone."""

    def __init__(self, path: Path, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        self.path = path
        try:
            make_private_directory(path.parent)
            # Created by us first: SQLite would leave the mode to the umask, and WAL files copy the mode of the file.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        except OSError as error:
            raise unwritable(path, error) from error
        self._engine = _engine(path, busy_timeout_seconds)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store, whatever others write meanwhile."""
        with explained(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that alone may write; committed (and on the disk) at the end, undone by any exception."""
        with explained(self.path), self._engine.connect() as connection:
            connection.execution_options(**{_IMMEDIATE: True})  # in place, until the connection goes back
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()


def _engine(path: Path, busy_timeout_seconds: float) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; we say BEGIN below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_IMMEDIATE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
