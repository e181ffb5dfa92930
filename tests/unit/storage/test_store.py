"""Opening a store: private files, and a clear error where it cannot be used."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from firstclass.model.applications import Application
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Store
from firstclass.storage.store import FILE


def refusal(data: Path, **more: float) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught:
        Store.open(data, **more)
    assert caught.value.hint
    assert caught.value.exit_code == Exit.UNAVAILABLE
    return caught.value


def test_a_new_store_is_private_to_this_account(store: Store, desk: Application, tmp_path: Path):
    """Directory 0700, every file 0600, the write-ahead log among them."""
    data = tmp_path / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in data.iterdir()} == {
        path.name: "0o600" for path in data.iterdir()
    }


def test_a_reopened_store_has_what_was_written(store: Store, desk: Application, tmp_path: Path):
    store.close()
    again = Store.open(tmp_path / "data")
    with again.read() as reader:
        assert reader.applications.get("desk") == desk
    again.close()


def test_every_acknowledgement_is_on_the_disk(store: Store):
    with store._database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_store_of_a_newer_version_is_refused_and_untouched(store: Store, tmp_path: Path):
    store.close()
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert refusal(tmp_path / "data").code == "store_too_new"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / FILE).write_bytes(b"not a database, but long enough to be read as one" * 100)
    assert refusal(tmp_path).code == "store_corrupt"


def test_a_database_of_another_program_is_refused(tmp_path: Path):
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    connection.close()
    assert refusal(tmp_path).code == "store_corrupt"


def test_a_damaged_page_is_a_clear_error(store: Store, desk: Application, tmp_path: Path):
    store.close()
    path = tmp_path / "data" / FILE
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the first page, which holds the schema's root
    path.write_bytes(content)
    assert refusal(tmp_path / "data").code == "store_corrupt"


def test_a_locked_store_is_a_clear_error(store: Store, tmp_path: Path):
    other = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hasty = Store.open(tmp_path / "data", busy_timeout_seconds=0.05)
    with pytest.raises(FirstclassError) as caught, hasty.change("test", "nothing"):
        pass
    assert caught.value.code == "store_locked" and caught.value.exit_code == Exit.UNAVAILABLE
    other.close()
    hasty.close()


def test_reading_does_not_wait_for_a_writer(store: Store, desk: Application, tmp_path: Path):
    other = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.latest_sequence() == 1
    other.close()


def test_a_place_that_cannot_be_a_directory_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("here")
    assert refusal(tmp_path / "file").code == "store_not_writable"


def test_a_full_disk_is_a_clear_error_and_loses_nothing(store: Store, desk: Application):
    with store._database.reading() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(FirstclassError) as caught, store.change("test", "fill") as change:
        for number in range(1000):
            change.put_application(Application(f"app_{number}", str(number), "a@b.example", "server", True, change.now))
    assert caught.value.code == "disk_full"
    with store.read() as reader:
        assert reader.applications.all() == [desk]
    assert store.verify_audit_chain().intact
