"""Bring a store's tables to the form this version knows. Alembic is loaded only where there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from firstclass.base.files import locked
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage.database import Database
from firstclass.storage.failures import missing, unwritable
from firstclass.storage.schema import KNOWN_REVISIONS, REVISION

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(database: Database, trace: Path | None = None) -> None:
    """Create or upgrade the tables, in one transaction. Where `trace`, a file, shows that there were tables, none are
    created.

    Raises:
        FirstclassError: store_missing, store_too_new, store_corrupt, or what keeps the file from being read or written.
    """
    if database.path.stat().st_size > 0:
        with database.reading() as connection:
            if _is_current(connection, database.path):
                return
    try:
        # Several processes may start first: switching to WAL does not wait by itself, so they queue here.
        with locked(database.path.with_suffix(".lock")), database.writing() as connection:
            if not _is_current(connection, database.path):
                if trace is not None and not inspect(connection).get_table_names():
                    raise missing(database.path, trace)
                _migrate(connection)
    except OSError as error:
        raise unwritable(database.path, error) from error


def _is_current(connection: Connection, path: Path) -> bool:
    tables = inspect(connection).get_table_names()
    if not tables:
        return False
    if "alembic_version" not in tables:
        raise FirstclassError(
            "store_corrupt",
            f"{path} is a database, but not of Firstclass",
            exit_code=Exit.UNAVAILABLE,
            hint="restore the data directory from a backup, or name another one with --data",
        )
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision not in KNOWN_REVISIONS:
        raise FirstclassError(
            "store_too_new",
            f"the store {path} was written by a newer version of Firstclass (revision {revision})",
            hint="install that version again; this one changed nothing",
            exit_code=Exit.UNAVAILABLE,
        )
    return bool(revision == REVISION)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
