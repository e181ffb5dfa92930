"""What befalls a data directory, and how a gateway over it is looked at."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from operated import Done, Operated, wait_until


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


def gone(name: str) -> Callable[[Path], None]:
    def remove(data: Path) -> None:
        for path in data.glob(f"{name}*"):
            path.unlink()

    return remove


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


def assert_disk_full(done: Done) -> None:
    assert "Traceback" not in done.err
    if done.code == 0:  # it needed less than the other
        return
    assert done.code == 5 and done.error["code"] == "disk_full" and "free some space" in done.error["hint"], done


def sizes(data: Path) -> dict[str, int]:
    """Every file, but for the number that a gateway leaves in its lock."""
    files = (path for path in data.rglob("*") if path.is_file() and path.name != "gateway.lock")
    return {str(path): path.stat().st_size for path in files}
