"""What the database can do to us, in words that a person can act on. No traceback of a driver leaves this package."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from firstclass.base.files import has_no_space, is_full
from firstclass.model.errors import Exit, FirstclassError, disk_full

# SQLite's primary result code -> (our code, what happened, what to do)
_LOCKED = ("store_locked", "is locked by another process", "end the process that holds it, or try again")
_RIGHTS = "check the owner and the rights of the data directory"
_RESTORE = "restore the data directory from a backup; nothing was changed"
_BY_CODE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: ("store_not_writable", "cannot be written", _RIGHTS),
    sqlite3.SQLITE_PERM: ("store_not_writable", "cannot be written", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("store_not_writable", "cannot be opened", _RIGHTS),
    sqlite3.SQLITE_IOERR: ("store_io_error", "meets an error of the disk", "check the disk and the space on it"),
    sqlite3.SQLITE_CORRUPT: ("store_corrupt", "is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("store_corrupt", "is no store", _RESTORE),
}


_PERHAPS_FULL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the driver's errors into ours.

    Raises:
        FirstclassError: locked, full, damaged, not writable; exit code 5. Anything else is a defect and passes.
    """
    try:
        yield
    except DBAPIError as error:
        known = _explain(error.orig, path)
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:
        known = _explain(error, path)
        if known is None:
            raise
        raise known from error


def missing(path: Path, trace: Path) -> FirstclassError:
    """The store is gone or empty. One begun in its place would count from 1, and engines would take nothing from it."""
    return FirstclassError(
        "store_missing",
        f"the store {path} is gone or empty, but {trace} shows that there was one",
        hint="restore the data directory from a backup; to begin anew, name another one with data: or --data",
        exit_code=Exit.UNAVAILABLE,
    )


def unwritable(path: Path, error: OSError) -> FirstclassError:
    """The data directory cannot be made or used."""
    if is_full(error):
        return disk_full(f"the store {path}")
    return FirstclassError(
        "store_not_writable",
        f"{path}: {error.strerror or error}",
        hint="check the path, its owner and its rights",
        exit_code=Exit.UNAVAILABLE,
    )


def _explain(error: BaseException | None, path: Path) -> FirstclassError | None:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    # What has no room beside the store (its log, their index) is an error of the disk to SQLite, or cannot be opened.
    if primary == sqlite3.SQLITE_FULL or (primary in _PERHAPS_FULL and has_no_space(path.parent)):
        return disk_full(f"the store {path}")
    found = None if primary is None else _BY_CODE.get(primary)
    if found is None and "not a database" in str(error):
        found = _BY_CODE[sqlite3.SQLITE_NOTADB]
    if found is None:
        return None
    name, what, hint = found
    return FirstclassError(name, f"the store {path} {what}", hint=hint, exit_code=Exit.UNAVAILABLE)
