"""A data directory that is locked, damaged, foreign or gone: a clear message, nothing lost, and the engine serves
what it has."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from damage import gone, locked, overwrite
from operated import Operated, wait_until

from firstclass.identity import api_keys


def from_the_future(data: Path) -> None:
    with closing(sqlite3.connect(data / "store.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999_later'")


def test_a_locked_store_is_told_and_the_gateway_goes_on(copy: Operated) -> None:
    """The events of calls, the last uses of keys and the confirmations of the engine wait for nothing."""
    copy.start()
    key = copy.environment["THE_KEY"]
    with locked(copy):
        command = subprocess.Popen(
            [*copy.command("keys", "issue", "desk", "--json")], cwd=copy.directory, stdout=subprocess.PIPE
        )
        began = time.monotonic()
        while command.poll() is None:
            asked = time.monotonic()
            answer = copy.call("GET", "/v1/notes/7", key)
            assert answer.status == 200 and time.monotonic() - asked < 1
            assert copy.status("/readyz").status == 200
        assert time.monotonic() - began < 15
        assert command.returncode == 5
        out, _ = command.communicate()
        assert b'"store_locked"' in out and b"another process" in out
        # Who explains reads only, and the event is there although nothing can be written to the store.
        assert copy.json("explain", answer.request_id)["decision"] == "allow"
    assert copy.json("keys", "issue", "desk")["key"].startswith("fc_live_")
    wait_until("the last use", lambda: copy.json("keys", "list", "desk")["items"][0]["last_used_at"])


def test_run_over_a_locked_store_serves_what_is_on_the_engines_disk(copy: Operated) -> None:
    copy.edit_contract("/open:", "/opened:")
    with locked(copy):
        ready = copy.start()
        assert ready["bundles"].keys() == {"notes"}
        assert copy.call("GET", "/v1/open").status == 200
        assert "is locked by another process" in copy.log() and "serves what is on its disk" in copy.log()
    copy.until_status(200, "/v1/opened")
    assert copy.call("GET", "/v1/open").status == 404


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (overwrite("store.db", os.urandom(4096)), "store_corrupt"),
        (overwrite("store.db", b"\xaa" * 60_000, at=8192), "store_corrupt"),
        (from_the_future, "store_too_new"),
        (gone("store.db"), "store_missing"),
    ],
)
def test_a_store_that_cannot_be_used_is_left_alone_and_the_engine_serves(
    copy: Operated, damage: Callable[[Path], None], error: str
) -> None:
    damage(copy.data)
    before = {path.name: path.read_bytes() for path in copy.data.glob("store.db")}
    done = copy.cli("keys", "issue", "desk", "--json")
    assert done.code == 5 and done.error["code"] == error and done.error["hint"], done
    earlier = next((copy.data / "events").glob("*.jsonl")).read_text().splitlines()[-1]
    told = copy.json("explain", json.loads(earlier)["request_id"])
    assert told["operation"] == "getNote" and told["location"] is None
    copy.start()
    assert copy.call("GET", "/v1/notes/7", copy.environment["THE_KEY"]).status == 200
    assert copy.stop() == 0
    assert {path.name: path.read_bytes() for path in copy.data.glob("store.db")} == before


def test_a_damaged_store_without_anything_to_serve_starts_nothing(copy: Operated) -> None:
    shutil.rmtree(copy.data / "engine")
    overwrite("store.db", os.urandom(4096))(copy.data)
    done = copy.cli("run", "--json")
    assert done.code == 5 and done.error["code"] == "store_corrupt", done


@pytest.mark.parametrize(
    ("damage", "error", "code"),
    [
        (overwrite("secrets/keyring.json", b"garbage"), "keyring_unreadable", 5),
        (gone("secrets/root"), "root_secret_missing", 5),
        (gone("secrets/keyring.json"), "keyring_missing", 5),
    ],
)
def test_damaged_secrets_start_nothing_and_are_replaced_by_nothing(
    copy: Operated, damage: Callable[[Path], None], error: str, code: int
) -> None:
    damage(copy.data)
    before = {path.name: path.read_bytes() for path in (copy.data / "secrets").iterdir()}
    for command in (["run"], ["keys", "issue", "desk"]):
        done = copy.cli(*command, "--json")
        assert done.code == code and done.error["code"] == error and done.error["hint"], done
    assert {path.name: path.read_bytes() for path in (copy.data / "secrets").iterdir()} == before
    assert not list((copy.data / "engine").rglob("*damaged*"))


def test_a_root_secret_that_is_wrong_is_told(copy: Operated) -> None:
    for secret, error, code in (
        ("another-secret-of-thirty-two-bytes-or-more", "keyring_unreadable", 5),
        ("short", "root_secret_too_short", 2),
        ("", "root_secret_unreadable", 5),
    ):
        copy.environment["FIRSTCLASS_ROOT_SECRET"] = secret
        done = copy.cli("run", "--json")
        assert done.code == code and done.error["code"] == error and done.error["hint"], done


def test_a_keyring_that_is_gone_is_replaced_by_nothing_even_without_an_engine(copy: Operated) -> None:
    shutil.rmtree(copy.data / "secrets")
    shutil.rmtree(copy.data / "engine")
    done = copy.cli("run", "--json")
    assert done.code == 5 and done.error["code"] == "keyring_missing" and "restore" in done.error["hint"], done
    assert not (copy.data / "secrets").exists()


def test_a_keyring_of_another_store_is_refused_before_the_engine_takes_it(copy: Operated, seed: Operated) -> None:
    other = copy.directory / "other"
    assert copy.cli("apply", "--data", str(other)).code == 0
    assert copy.cli("keys", "issue", "nobody", "--data", str(other)).code == 4
    shutil.rmtree(copy.data / "secrets")
    shutil.rmtree(copy.data / "engine")
    shutil.copytree(other / "secrets", copy.data / "secrets")
    done = copy.cli("run", "--json")
    assert done.code == 1 and done.error["code"] == "keyring_mismatch", done


@pytest.mark.parametrize(
    "names", [["directory.json"], ["directory.log", "directory.current"], ["bundles/notes.json", "id"]]
)
def test_what_is_damaged_on_the_engines_disk_is_set_aside_and_sent_again(copy: Operated, names: list[str]) -> None:
    """The first of `names` is kept under another name; what only counts or names is written anew."""
    paths = [copy.data / "engine" / name for name in names]
    for path in paths:
        path.write_bytes(b"\x00garbage\n" + path.read_bytes()[20:])
    copy.start()
    copy.until_status(200, "/v1/notes/7", copy.environment["THE_KEY"])
    assert copy.call("GET", "/v1/open").status == 200
    assert list(paths[0].parent.glob(f"{paths[0].name}.damaged-*")), list(paths[0].parent.iterdir())
    assert copy.stop() == 0


def test_an_older_copy_of_the_store_confirms_nothing_it_cannot_know(copy: Operated, served: Operated) -> None:
    """A backup was restored: its numbers begin again below what the engine has, so a revocation must not look done."""
    shutil.copy(copy.data / "store.db", copy.directory / "backup.db")
    copy.start()
    later = copy.key_for("later", "getNote")
    copy.until_status(200, "/v1/notes/7", later)
    assert copy.stop() == 0
    for beside in copy.data.glob("store.db-*"):
        beside.unlink()
    shutil.copy(copy.directory / "backup.db", copy.data / "store.db")
    copy.start()
    said = copy.said("it is an older copy, or another store")
    assert "remove the directory engine/" in said
    id_ = copy.json("keys", "list", "desk")["items"][0]["id"]
    with copy.store() as store:
        revocation = api_keys.revoke(store, id_, actor="test")
        assert len(store.wait_until_confirmed(revocation.sequence, 1.5)) == 1
    assert copy.stop() == 0
    shutil.rmtree(copy.data / "engine")
    copy.start()
    answer = copy.call("GET", "/v1/notes/7", copy.environment["THE_KEY"])
    assert answer.reason == "credential_revoked"


def test_a_store_that_is_replaced_while_control_runs_is_opened_anew(copy: Operated) -> None:
    copy.start()
    before = copy.group()["control"]
    with (
        closing(sqlite3.connect(copy.data / "store.db")) as source,
        closing(sqlite3.connect(copy.directory / "new.db")) as target,
    ):
        source.backup(target)
    for beside in copy.data.glob("store.db-*"):
        beside.unlink()
    (copy.directory / "new.db").rename(copy.data / "store.db")
    copy.said("the store was replaced by another file")
    wait_until("another control", lambda: copy.group().get("control", before) != before)
    fresh = copy.key_for("fresh", "getNote")
    copy.until_status(200, "/v1/notes/7", fresh)
