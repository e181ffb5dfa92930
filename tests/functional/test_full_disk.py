"""A disk without room, at the first start and later: a clear message, no call stopped, nothing half written or lost."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from damage import answers, assert_disk_full, launched, needs_mount, small_disk
from operated import Done, Operated, wait_until


# Full before the directory, the store, its log and index, the tables, the keyring, the engine's files are written.
@needs_mount
@pytest.mark.parametrize("left", [0, 8, 40, 160, 240, 300, 360])
def test_a_disk_that_is_full_at_the_first_start_is_told_and_stops_no_later_one(fresh: Operated, left: int) -> None:
    with small_disk(fresh.directory / "disk", left * 1024) as turn:
        fresh.data = fresh.directory / "disk" / "data"
        fresh.write_config(data=str(fresh.data))
        turn()
        launched(fresh)
        assert fresh.process is not None
        wait_until("its end, or its port", lambda: fresh.process.poll() is not None or answers(fresh))
        if fresh.process.poll() is None:  # enough for it: what comes later is full, which stops no call
            assert fresh.call("GET", "/v1/open").status == 200
            fresh.kill()
        else:
            assert_disk_full(Done(fresh.process.returncode, fresh.out.read_text(), fresh.log()))
            assert_disk_full(fresh.cli("apply", "--json"))
            assert_disk_full(fresh.cli("applications", "create", "desk", "--owner", "a@example.com", "--json"))
        turn()
        fresh.out.unlink()
        fresh.start()
        key = fresh.key_for("after", "getNote")
        fresh.until_status(200, "/v1/notes/7", key)
        assert fresh.stop() == 0


@needs_mount
def test_init_on_a_full_disk_leaves_nothing_half_written(fresh: Operated) -> None:
    """Else it would refuse to begin the next time."""
    with small_disk(fresh.directory / "disk", 4096) as turn:
        there = fresh.directory / "disk"
        shutil.copy(fresh.contract, there)
        turn()
        begin = ("init", str(there / "notes.yaml"), "--upstream", fresh.origin.url, "--config", str(there / "f.yaml"))
        assert_disk_full(done := fresh.cli(*begin, "--json"))
        assert done.code == 5 and sorted(path.name for path in there.iterdir()) == ["filler", "notes.yaml"]
        turn()
        assert fresh.cli(*begin).code == 0


@needs_mount
def test_a_full_disk_stops_no_call_and_loses_nothing_acknowledged(copy: Operated) -> None:
    with small_disk(copy.directory / "disk") as turn:
        data = copy.directory / "disk" / "data"
        copy.data.rename(copy.directory / "moved")
        shutil.copytree(copy.directory / "moved", data)
        copy.data = data
        copy.write_config(data=str(data))
        copy.start()
        key = copy.key_for("before", "getNote")
        copy.until_status(200, "/v1/notes/7", key)
        turn()
        for _ in range(50):
            assert copy.call("GET", "/v1/notes/7", key).status == 200
        done = copy.cli("keys", "issue", "before", "--json")
        assert done.code == 5, done
        assert_disk_full(done)
        os.kill(copy.group()["engine"], signal.SIGKILL)
        copy.until_status(200, "/v1/notes/7", key)
        turn()
        assert copy.json("keys", "list", "before")["items"][0]["state"] == "active"
        after = copy.key_for("after", "getNote")
        copy.until_status(200, "/v1/notes/7", after)
        answer = copy.call("GET", "/v1/notes/7", after)
        assert copy.json("explain", answer.request_id)["decision"] == "allow"
        assert copy.stop() == 0
