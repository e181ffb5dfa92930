"""Files that only this account may read, written so that a crash leaves the old content or the new, never half; and
files of others, read up to a bound."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600
# Less than the smallest files of ours need together: a disk with so little left is full to who was just refused.
_NEXT_TO_NOTHING_BYTES = 1 << 20


def is_full(error: OSError) -> bool:
    """Whether it failed because the disk, or this account's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def has_no_space(directory: Path) -> bool:
    """Whether next to nothing can be written in `directory`: for who learns that writing failed, and not why."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return False
    has_no_inodes = disk.f_files > 0 and disk.f_favail == 0
    return has_no_inodes or disk.f_bavail * disk.f_frsize < _NEXT_TO_NOTHING_BYTES


def read_bounded(path: Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes. Nothing is waited for: a device or a pipe might never end.

    Raises:
        OSError: absent, unreadable, no regular file, or larger (EFBIG); `strerror` says which.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return content


def make_private_directory(path: Path) -> None:
    """Create `path` (and what is missing above it) for this account alone; an existing one loses others' rights.

    Raises:
        OSError: cannot be created, or is no directory.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY)
    except FileExistsError:
        if not path.is_dir():
            raise NotADirectoryError(20, "not a directory", str(path)) from None
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_DIRECTORY)


def create_private(path: Path, content: bytes) -> bool:
    """Create `path` with `content`, whole or not at all; False if somebody else was first.

    Raises:
        OSError: the directory is not writable, or the disk is full.
    """
    temporary = _write_beside(path, content)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync_directory(path.parent)
    return True


def replace_private(path: Path, content: bytes) -> None:
    """Write `path` with `content` in place of what it held.

    Raises:
        OSError: the directory is not writable, or the disk is full; the old content stays.
    """
    temporary = _write_beside(path, content)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make names in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` (created if need be); other processes wait.

    Raises:
        OSError: the file cannot be created.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_beside(path: Path, content: bytes) -> Path:
    # mkstemp creates with 0600 and O_EXCL: no moment in which others could read.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
