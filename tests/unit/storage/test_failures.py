"""What the database does to us becomes a sentence, a hint and exit code 5; a defect of ours stays a defect."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage.failures import explained, unwritable

PATH = Path("data/store.db")


def failure(code: int | None, text: str = "x") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    if code is not None:
        error.sqlite_errorcode = code
    return error


def said(error: BaseException) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught, explained(PATH):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        (sqlite3.SQLITE_BUSY, "store_locked"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "store_locked"),
        (sqlite3.SQLITE_LOCKED, "store_locked"),
        (sqlite3.SQLITE_READONLY, "store_not_writable"),
        (sqlite3.SQLITE_CANTOPEN, "store_not_writable"),
        (sqlite3.SQLITE_FULL, "disk_full"),
        (sqlite3.SQLITE_IOERR, "store_io_error"),
        (sqlite3.SQLITE_IOERR_FSYNC, "store_io_error"),
        (sqlite3.SQLITE_CORRUPT, "store_corrupt"),
        (sqlite3.SQLITE_NOTADB, "store_corrupt"),
    ],
)
def test_every_failure_that_a_person_can_act_on_has_its_code(code: int, ours: str):
    for error in (failure(code), OperationalError("SELECT 1", {}, failure(code))):
        told = said(error)
        assert (told.code, told.exit_code) == (ours, Exit.UNAVAILABLE)
        assert str(PATH) in told.message and told.hint


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_CANTOPEN])
def test_what_fails_on_a_disk_with_nothing_left_is_a_full_disk(code: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("firstclass.storage.failures.has_no_space", lambda directory: directory == PATH.parent)
    told = said(failure(code))
    assert (told.code, told.exit_code) == ("disk_full", Exit.UNAVAILABLE)
    assert "free some space" in told.hint


def test_a_file_that_is_no_database_is_known_by_its_text_too():
    assert said(failure(None, "file is not a database")).code == "store_corrupt"


def test_a_defect_of_ours_passes_as_it_is():
    for error in (failure(sqlite3.SQLITE_ERROR), OperationalError("x", {}, failure(None))):
        with pytest.raises(type(error)), explained(PATH):
            raise error


def test_no_statement_and_no_value_shows():
    told = said(OperationalError("INSERT INTO keys VALUES (:a)", {"a": "canary"}, failure(sqlite3.SQLITE_BUSY)))
    assert "INSERT" not in str(told.as_json()) and "canary" not in str(told.as_json())


def test_nothing_is_changed_where_nothing_fails():
    with explained(PATH):
        pass


@pytest.mark.parametrize(("number", "ours"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "store_not_writable")])
def test_a_directory_that_cannot_be_used_is_told(number: int, ours: str):
    told = unwritable(PATH, OSError(number, "the system's word"))
    assert told.code == ours and str(PATH) in told.message and told.hint
