"""The connection to SQLite: durable (WAL, synchronous=FULL), one writer at a time, who waits five seconds at most."""

from __future__ import annotations

import errno
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
            _make(path)
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


def _make(path: Path) -> None:
    """Make the file, for its owner alone: SQLite would leave the mode to the umask, and its log copies the file's mode.

    Danger:
        A file that exists is never opened here. Locks belong to the process: closing any descriptor of a file gives up
        all that SQLite holds on it, and then another process may take the log away from under it.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path)) from None


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
