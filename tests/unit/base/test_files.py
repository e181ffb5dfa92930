"""Private files: whole or not at all, and nobody else's."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firstclass.base.files import create_private, locked, make_private_directory, read_bounded, replace_private


def test_a_file_is_created_once(tmp_path: Path):
    path = tmp_path / "file"
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: create_private(path, bytes([n]) * 1000), range(8)))
    assert sum(won) == 1 and path.read_bytes() == bytes([won.index(True)]) * 1000
    assert path.stat().st_mode & 0o777 == 0o600 and list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "file"
    path.write_text("old")
    replace_private(path, b"new")
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o600 and list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "directory").mkdir()
    with pytest.raises(OSError):
        replace_private(tmp_path / "directory", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["directory"]


def test_an_open_directory_is_closed_to_others(tmp_path: Path):
    path = tmp_path / "open"
    path.mkdir(mode=0o755)
    make_private_directory(path)
    make_private_directory(tmp_path / "new" / "er")
    assert path.stat().st_mode & 0o777 == 0o700 == (tmp_path / "new" / "er").stat().st_mode & 0o777
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        make_private_directory(tmp_path / "file")


def test_a_lock_is_given_to_one_at_a_time(tmp_path: Path):
    inside: list[int] = []

    def enter(number: int) -> None:
        with locked(tmp_path / "lock"):
            inside.append(number)
            assert inside == [number]
            inside.clear()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(50)))


def test_what_is_read_is_a_file_of_bounded_size(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    assert read_bounded(path, 100) == b"x" * 100
    os.mkfifo(tmp_path / "pipe")
    for name, most in ((path, 99), (Path("/dev/zero"), 1 << 20), (tmp_path / "pipe", 100), (tmp_path, 100)):
        with pytest.raises(OSError):
            read_bounded(name, most)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", 1)
