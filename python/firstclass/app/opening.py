"""Open what lies in the data directory: store, keyring, event log. Names of files in it stand here alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from firstclass.base import doorbell
from firstclass.base.files import is_full
from firstclass.model.errors import Exit, FirstclassError, disk_full

if TYPE_CHECKING:
    from firstclass.base.secret import Secret
    from firstclass.identity.keyring import Keyring
    from firstclass.model.issuers import Introspection
    from firstclass.storage import Store
    from firstclass.storage.events import EventLog

CONTROL_SOCKET = doorbell.SOCKET
ENGINE_DIRECTORY = "engine"
EVENTS_DIRECTORY = "events"
ROOT_SECRET = "FIRSTCLASS_ROOT_SECRET"  # noqa: S105 - the name of a variable
# A Unix socket's path is bounded (108 bytes on Linux, with a NUL at the end); ours is made under a name three longer.
MAX_SOCKET_PATH = 104


def open_store(data: Path) -> Store:
    """The store, created or upgraded if need be.

    Raises:
        FirstclassError: the data directory cannot be used, or the store is locked, damaged, gone, or newer than this
            version.
    """
    from firstclass.storage import Store

    check_data_directory(data)
    # Looked for before the store: who begins a directory makes the store first, so a trace without one is a loss.
    return Store.open(data, trace=_keyring_trace(data) or engine_trace(data) or _work_trace(data))


def open_keyring(data: Path, root_secret: str | None = None) -> Keyring:
    """The keyring, created at first use and unwrapped with the root secret (None: the one in the data directory).

    Raises:
        FirstclassError: it cannot be read, or was wrapped with another root secret.
    """
    from firstclass.identity.keyring import Keyring

    check_data_directory(data)
    if _keyring_trace(data) is None:
        _refuse_to_replace_keyring(data)
    return Keyring.open(data, root_secret=root_secret)


def _refuse_to_replace_keyring(data: Path) -> None:
    """There is none: make sure that there never was one, and that there is a store.

    Raises:
        FirstclassError: it was lost, or the store cannot say.
    """
    from firstclass.identity.keyring import DIRECTORY, KEYRING_FILE

    store = open_store(data)
    try:
        with store.read() as reader:
            is_known = reader.keyring_id() is not None
    finally:
        store.close()
    trace = engine_trace(data)
    if _keyring_trace(data) is not None or not (is_known or trace):  # somebody else has just made it, or nobody ever
        return
    # A fresh keyring would make everything that the engine holds look forged, and every key unknown.
    why = "API keys in the store belong to it" if is_known else f"{trace} was signed with it"
    raise FirstclassError(
        "keyring_missing",
        f"{data / DIRECTORY / KEYRING_FILE} is gone, but {why}",
        hint="restore secrets/ from a backup; without one, begin anew in another directory with --data",
        exit_code=Exit.UNAVAILABLE,
    )


def _keyring_trace(data: Path) -> Path | None:
    """The keyring, if it is there."""
    from firstclass.identity.keyring import DIRECTORY, KEYRING_FILE

    path = data / DIRECTORY / KEYRING_FILE
    return path if path.exists() else None


def engine_trace(data: Path) -> Path | None:
    """A file that an engine has because there was a store and a keyring, usable or set aside as damaged; None: none."""
    engine = data / ENGINE_DIRECTORY
    found = [*engine.glob("bundles/*.json*"), *engine.glob("directory.json*")]
    return min(found, default=None)


def _work_trace(data: Path) -> Path | None:
    """A file that is written once a store has been there: what was compiled, counted or told of calls; None: none."""
    from firstclass.publish.compiled_before import FILE as COMPILED
    from firstclass.storage.counts import FILE as COUNTS

    found = [*(data / EVENTS_DIRECTORY).glob("*.jsonl*"), *data.glob(COMPILED), *data.glob(COUNTS)]
    found += (data / ENGINE_DIRECTORY).glob("directory.*")
    return min(found, default=None)


def engine_holds_bundles(data: Path) -> bool:
    """Whether an engine could start from what is on its disk."""
    try:
        return any(path.suffix == ".json" for path in (data / ENGINE_DIRECTORY / "bundles").iterdir())
    except OSError:
        return False


def open_event_log(data: Path) -> EventLog:
    """The event log; its directory is made with the first event."""
    from firstclass.storage.events import EventLog

    return EventLog(data / EVENTS_DIRECTORY)


def check_data_directory(data: Path) -> None:
    """Make the data directory (0700).

    Raises:
        FirstclassError: it cannot be made or written, or its path is too long for a Unix socket.
    """
    socket_path = data / CONTROL_SOCKET
    if len(os.fsencode(socket_path)) > MAX_SOCKET_PATH:
        raise FirstclassError(
            "data_path_too_long",
            f"{data} is too long a path for the sockets in it",
            hint="choose a shorter one with --data",
        )
    is_new = not data.exists()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        if is_full(problem):
            raise disk_full(f"the data directory {data}") from None
        what = "something else has that name" if isinstance(problem, FileExistsError) else problem.strerror
        message = f"the data directory {data} cannot be made: {what}"
        hint = "choose another with data: or --data"
        raise FirstclassError("data_unusable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
    if is_new:
        _keep_out_of_git(data)
    if not os.access(data, os.W_OK | os.X_OK):
        hint = "check its owner and rights, or choose another with data: or --data"
        message = f"the data directory {data} cannot be written"
        raise FirstclassError("data_unusable", message, hint=hint, exit_code=Exit.UNAVAILABLE)


def _keep_out_of_git(data: Path) -> None:
    """The directory holds secrets and often lies beside a contract: it ignores itself in git. One that was there before
    is not ours to hide: it may hold files of the operator's."""
    from firstclass.base.files import create_private

    with contextlib.suppress(OSError):
        create_private(data / ".gitignore", b"*\n")


def root_secret() -> str | None:
    """The operator's root secret from the environment or a file that it names; None: the one in the data directory.

    Raises:
        FirstclassError: the file cannot be read.
    """
    if (value := os.environ.get(ROOT_SECRET)) is not None:
        if not value:
            message, hint = f"{ROOT_SECRET} is set, but empty", "give it its value, or unset it"
            raise FirstclassError("root_secret_unreadable", message, hint=hint, exit_code=Exit.UNAVAILABLE)
        return value
    if name := os.environ.get(f"{ROOT_SECRET}_FILE"):
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            what = problem.strerror if isinstance(problem, OSError) else "it is no text"
            message = f"the root secret file {name} cannot be read: {what}"
            hint = f"check {ROOT_SECRET}_FILE"
            raise FirstclassError("root_secret_unreadable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
    return None


def environment_of_children() -> dict[str, str]:
    """Our environment without the root secret, which nobody can then read from theirs."""
    return {name: value for name, value in os.environ.items() if name != ROOT_SECRET}


def read_client_secret(how: Introspection) -> Secret:
    """The client secret for an issuer's introspection, read anew each time: it can be rotated while we run.

    Raises:
        OSError: it is not where the configuration says.
    """
    from firstclass.base.secret import Secret

    if how.secret_file is not None:
        return Secret(Path(how.secret_file).read_text(encoding="utf-8").strip())
    value = os.environ.get(how.secret_env or "")
    if value is None:
        raise OSError(f"the environment variable {how.secret_env} is not set")
    return Secret(value)
