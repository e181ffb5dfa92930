"""Opening a store again in one process takes nothing from who has it open: locks belong to the process, and closing any
descriptor of a file gives all of them up."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from firstclass.storage import Store
from firstclass.storage.store import FILE

LOCKS = Path("/proc/locks")
# Another process that opens the file, reads, and closes it as the last one, as far as it can see.
LAST = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('pragma user_version').fetchall(); c.close()"


def _locks(path):
    inode, process = path.stat().st_ino, str(os.getpid())
    fields = (line.split() for line in LOCKS.read_text().splitlines())
    return sorted(tuple(field[1:]) for field in fields if process in field and field[5].endswith(f":{inode}"))


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells of locks")
def test_a_second_store_in_one_process_leaves_the_locks_of_the_first(tmp_path):
    first = Store.open(tmp_path)
    first.latest_sequence()
    held = _locks(tmp_path / FILE)
    assert held
    second = Store.open(tmp_path)
    second.latest_sequence()
    second.close()
    assert _locks(tmp_path / FILE) == held
    first.close()


def test_a_command_that_ends_does_not_take_the_log_from_an_open_store(tmp_path, clock):
    first = Store.open(tmp_path, clock)
    first.latest_sequence()
    Store.open(tmp_path, clock).close()
    log = tmp_path / f"{FILE}-wal"
    before = log.stat().st_ino
    subprocess.run([sys.executable, "-c", LAST, str(tmp_path / FILE)], check=True)
    assert log.stat().st_ino == before
    with first.change("test", "nothing"):
        pass
    first.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
