"""Who changes the store rings at control's door, and waits for nobody."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstclass.base.doorbell import RING, SOCKET, ring
from firstclass.model.applications import Application
from firstclass.storage import Store


@pytest.fixture
def door(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(tmp_path / SOCKET))
        door.listen(1)
        door.settimeout(2)
        yield door


def heard(door: socket.socket) -> bytes:
    caller, _ = door.accept()
    with caller:
        return caller.recv(100)


def put(store: Store, name: str) -> None:
    with store.change("cli:test", "application.create") as change:
        change.put_application(Application(f"app_{name}", name, "ana", "server", enabled=True, created_at=change.now))


def test_a_change_rings_once_it_is_committed(tmp_path: Path, door: socket.socket, monkeypatch: pytest.MonkeyPatch):
    store, seen = Store.open(tmp_path), []

    def rung(data: Path) -> None:
        with store.read() as reader:
            seen.append([each.name for each in reader.applications.all()])
        ring(data)

    monkeypatch.setattr("firstclass.storage.store.ring", rung)
    put(store, "desk")
    assert heard(door) == RING and seen == [["desk"]]


def test_what_was_undone_rings_nothing(tmp_path: Path, door: socket.socket):
    with pytest.raises(RuntimeError), Store.open(tmp_path).change("cli:test", "application.create"):
        raise RuntimeError
    door.settimeout(0.05)
    with pytest.raises(TimeoutError):
        door.accept()


def test_nobody_at_the_door_holds_up_no_change(tmp_path: Path, door: socket.socket):
    store = Store.open(tmp_path)
    for number in range(20):  # nobody accepts: the backlog fills up
        put(store, f"desk-{number}")
    door.close()
    put(store, "refused")
    (tmp_path / SOCKET).unlink()
    put(store, "gone")
    with store.read() as reader:
        assert len(reader.applications.all()) == 22
    ring(tmp_path / "nowhere")
