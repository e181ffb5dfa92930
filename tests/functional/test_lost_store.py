"""Store and engine's files lost together: not ready, with a reason, and nothing begun in their place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from damage import answers, gone, launched, locked, overwrite, sizes, unready
from operated import Operated, wait_until


def damaged_bundle(data: Path) -> None:
    (data / "engine" / "bundles" / "notes.json").write_bytes(b"\x00garbage")


DAMAGED_STORE = overwrite("store.db", os.urandom(4096))
GONE_STORE = gone("store.db")


@pytest.mark.parametrize("lose_store", [DAMAGED_STORE, GONE_STORE], ids=["damaged store", "no store"])
@pytest.mark.parametrize("lose_bundle", [damaged_bundle, gone("engine/bundles/notes.json")], ids=["damaged", "gone"])
def test_a_gateway_that_has_lost_store_and_bundle_is_not_ready_until_the_store_is_back(
    copy: Operated, lose_store: Callable[[Path], None], lose_bundle: Callable[[Path], None]
) -> None:
    backup = copy.directory / "backup.db"
    with closing(sqlite3.connect(copy.data / "store.db")) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    keyring = (copy.data / "secrets" / "keyring.json").read_bytes()
    lose_store(copy.data)
    lose_bundle(copy.data)
    left = {path.name: path.read_bytes() for path in copy.data.glob("store.db")}
    if not list((copy.data / "engine" / "bundles").iterdir()):  # there is nothing to serve, and nothing is begun
        done = copy.cli("run", "--json")
        assert done.code == 5 and done.error["code"] in ("store_corrupt", "store_missing") and done.error["hint"], done
    else:
        launched(copy)
        assert "bundle_missing" in unready(copy)["reasons"]
        assert json.loads(copy.status("/readyz").body)["missing"] == ["notes"]
        copy.said("not ready (503): the engine has no bundle of notes")
        assert "backup" in copy.log()
        # Set aside is not forgotten: nor by an engine that starts again, nor by who opens the store.
        before = copy.group()["engine"]
        os.kill(before, signal.SIGKILL)
        wait_until("another engine", lambda: copy.group().get("engine", before) != before)
        assert "bundle_missing" in unready(copy)["reasons"]
    assert copy.cli("keys", "list", "desk", "--json").error["code"] in ("store_corrupt", "store_missing")
    assert {path.name: path.read_bytes() for path in copy.data.glob("store.db")} == left
    assert (copy.data / "secrets" / "keyring.json").read_bytes() == keyring
    backup.replace(copy.data / "store.db")
    if copy.process is None:
        copy.start()
    wait_until("ready", lambda: copy.status("/readyz").status == 200)
    assert copy.call("GET", "/v1/notes/7", copy.environment["THE_KEY"]).status == 200
    assert copy.stop() == 0


def test_a_gateway_that_has_lost_store_and_directory_is_not_ready(copy: Operated) -> None:
    """It has bundles, and knows nobody: `directory.current` alone does not say who there was."""
    DAMAGED_STORE(copy.data)
    for name in ("directory.json", "directory.log"):
        (copy.data / "engine" / name).unlink()
    launched(copy)
    assert unready(copy)["reasons"] == ["never_synced"]


def test_an_api_that_the_files_name_and_nobody_has_a_bundle_of_keeps_the_gateway_unready(copy: Operated) -> None:
    """It was added while the store could not be read."""
    copy.write_config(apis=[*copy.settings["apis"], {**copy.settings["apis"][0], "name": "more", "base_path": "/more"}])
    with locked(copy):
        launched(copy)
        state = unready(copy)
        assert "bundle_missing" in state["reasons"]
        assert (state["missing"], list(state["bundles"])) == (["more"], ["notes"])
        assert copy.call("GET", "/v1/open").status == 200
    # Control, which has the store back, knows of one API; the files say two.
    wait_until("ready", lambda: copy.status("/readyz").status == 200)
    assert "missing" not in json.loads(copy.status("/readyz").body)
    # And one that is taken back is missed by nobody.
    copy.write_config(apis=copy.settings["apis"][:1])
    assert copy.json("apply")["changed"]
    wait_until("one API", lambda: list(json.loads(copy.status("/readyz").body)["bundles"]) == ["notes"])
    os.kill(copy.group()["engine"], signal.SIGKILL)
    wait_until("ready again", lambda: answers(copy) and copy.status("/readyz").status == 200)


def emptied(data: Path) -> None:
    for beside in data.glob("store.db-*"):
        beside.unlink()
    (data / "store.db").write_bytes(b"")


@pytest.mark.parametrize("lose", [gone("store.db"), emptied], ids=["gone", "empty"])
@pytest.mark.parametrize("left", ["secrets", "engine"])
def test_no_store_is_begun_where_secrets_or_bundles_show_that_there_was_one(
    copy: Operated, lose: Callable[[Path], None], left: str
) -> None:
    lose(copy.data)
    shutil.rmtree(copy.data / ("engine" if left == "secrets" else "secrets"))
    before = sizes(copy.data)
    for command in (["keys", "issue", "desk"], ["apply"], *([["run"]] if left == "secrets" else [])):
        done = copy.cli(*command, "--json")
        assert done.code == 5 and done.error["code"] == "store_missing", done
        assert str(copy.data / "store.db") in done.error["message"] and left in done.error["message"], done
        assert "backup" in done.error["hint"] and "--data" in done.error["hint"], done
    assert sizes(copy.data) == before


@pytest.mark.parametrize("left", ["compiled.json", "counts.db", "events", "engine/directory.log"])
def test_no_store_is_begun_where_any_other_file_shows_that_there_was_one(copy: Operated, left: str) -> None:
    """Applications, subscriptions and revocations would be forgotten in silence."""
    lost = copy.directory / "lost"
    copy.data.rename(lost)
    (copy.data / left).parent.mkdir(parents=True, mode=0o700)
    (lost / left).rename(copy.data / left)
    before = sizes(copy.data)
    for command in (["run"], ["keys", "issue", "desk"], ["apply"]):
        done = copy.cli(*command, "--json")
        assert done.code == 5 and done.error["code"] == "store_missing", done
        assert str(copy.data / left) in done.error["message"] and "backup" in done.error["hint"], done
    assert sizes(copy.data) == before


def test_a_first_start_that_was_cut_off_anywhere_is_begun_again(fresh: Operated) -> None:
    """The store comes first, then the keyring: whatever is left of them without anything else is no loss."""
    first = fresh.directory / "first"
    assert fresh.cli("keys", "list", "desk", "--data", str(first), "--json").code == 4
    assert (first / "store.db").exists() and not (first / "secrets").exists()
    for leftover in ([], ["store.db"], ["store.db", "secrets/root"]):
        shutil.rmtree(fresh.data, ignore_errors=True)
        (fresh.data / "secrets").mkdir(parents=True, mode=0o700)
        for name in leftover:
            (fresh.data / name).write_bytes((first / name).read_bytes() if name in ("store.db",) else b"x" * 43)
        fresh.start()
        assert fresh.call("GET", "/v1/open").status == 200
        assert fresh.stop() == 0


def test_a_gateway_without_apis_is_ready(fresh: Operated) -> None:
    fresh.write_config(apis=[])
    fresh.start()
    state = json.loads(fresh.status("/readyz").body)
    assert state["ready"] is True and state["reasons"] == [] and state["bundles"] == {}
    assert fresh.stop() == 0
