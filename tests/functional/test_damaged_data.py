"""A data directory that is locked, full, damaged, foreign or gone: a clear message, nothing lost, and the engine serves
what it has."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from operated import Done, Operated, Origin, wait_until

from firstclass.identity import api_keys


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, origin: Origin, seed: Operated) -> Operated:
    """A site whose gateway ran once: the engine holds a bundle and a key. Never changed; tests take a copy."""
    site = Operated(tmp_path_factory.mktemp("served"), origin)
    shutil.copytree(seed.data, site.data)
    site.start()
    site.environment["THE_KEY"] = site.key_for("desk", "getNote")
    site.until_status(200, "/v1/notes/7", site.environment["THE_KEY"])
    assert site.stop() == 0
    return site


@pytest.fixture
def copy(served: Operated, tmp_path: Path) -> Iterator[Operated]:
    """A copy of it, with no gateway running."""
    site = Operated(tmp_path, served.origin)
    shutil.copytree(served.data, site.data, ignore=shutil.ignore_patterns("control.sock"))
    site.environment = dict(served.environment)
    yield site
    site.kill()


@contextmanager
def locked(site: Operated) -> Iterator[None]:
    """Another process is in the middle of a change, and does not end it."""
    with closing(sqlite3.connect(site.data / "store.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


def overwrite(name: str, content: bytes, at: int = 0) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        for beside in data.glob("store.db-*"):
            beside.unlink()
        with (data / name).open("r+b") as file:
            file.seek(at)
            file.write(content)

    return damage


def from_the_future(data: Path) -> None:
    with closing(sqlite3.connect(data / "store.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999_later'")


def gone(name: str) -> Callable[[Path], None]:
    def remove(data: Path) -> None:
        for path in data.glob(f"{name}*"):
            path.unlink()

    return remove


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


def damaged_bundle(data: Path) -> None:
    (data / "engine" / "bundles" / "notes.json").write_bytes(b"\x00garbage")


def unready(site: Operated) -> dict[str, Any]:
    """What `/readyz` says once it answers; it is a 503."""
    wait_until("the status port", lambda: answers(site), 10)
    answer = site.status("/readyz")
    assert answer.status == 503, answer
    state: dict[str, Any] = json.loads(answer.body)
    assert state["ready"] is False
    return state


def answers(site: Operated) -> bool:
    with contextlib.suppress(OSError):
        return site.status("/livez").status == 200
    return False


def launched(site: Operated) -> None:
    """Started on ports that are known before it is ready: it may never be."""
    listen = dict(zip(("traffic", "control", "status"), free_ports(3), strict=True))
    site.write_config(listen=listen)
    site.ready = dict(listen)
    site.launch()


def free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


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
        assert unready(copy)["reasons"] == ["bundle_missing"]
        assert json.loads(copy.status("/readyz").body)["missing"] == ["notes"]
        copy.said("not ready (503): the engine has no bundle of notes")
        assert "backup" in copy.log()
        # Set aside is not forgotten: nor by an engine that starts again, nor by who opens the store.
        before = copy.group()["engine"]
        os.kill(before, signal.SIGKILL)
        wait_until("another engine", lambda: copy.group().get("engine", before) != before)
        assert unready(copy)["reasons"] == ["bundle_missing"]
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
        assert (state["reasons"], state["missing"], list(state["bundles"])) == (["bundle_missing"], ["more"], ["notes"])
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


def sizes(data: Path) -> dict[str, int]:
    """Every file, but for the number that a gateway leaves in its lock."""
    files = (path for path in data.rglob("*") if path.is_file() and path.name != "gateway.lock")
    return {str(path): path.stat().st_size for path in files}


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


@contextmanager
def small_disk(place: Path, left: int = 0) -> Iterator[Callable[[], None]]:
    """A file system of four megabytes at `place`; what is yielded fills it up but for `left` bytes, or empties it
    again."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    filler = place / "filler"

    def turn() -> None:
        if filler.exists():
            filler.unlink()
            return
        with filler.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue
            file.truncate(file.tell() - left)

    try:
        yield turn
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="a file system of its own needs the right to mount one"
)


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


def assert_disk_full(done: Done) -> None:
    assert "Traceback" not in done.err
    if done.code == 0:  # it needed less than the other
        return
    assert done.code == 5 and done.error["code"] == "disk_full" and "free some space" in done.error["hint"], done


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
