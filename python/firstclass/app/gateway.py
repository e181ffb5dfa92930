"""`run` and `dev` from configuration to a ready gateway: apply the files, then supervise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firstclass.app.applying import apply_files
from firstclass.app.settings import LoadedSettings, load_settings
from firstclass.app.supervisor import Supervisor
from firstclass.app.watching import Watch
from firstclass.model.errors import FirstclassError

Ready = Callable[[dict[str, Any], Supervisor], None]


def serve(load: Callable[[], LoadedSettings], say: Callable[[str], None], ready: Ready, *, watch: bool) -> None:
    """Apply what the files say, then keep the gateway alive until SIGTERM or SIGINT.

    `load` reads the configuration (again on SIGHUP, and with `watch` whenever a file changes); `ready` is called once.

    Raises:
        FirstclassError: a file has an error, a port or the data directory cannot be had; nothing was started.
    """
    loaded = load()
    supervisor = Supervisor(loaded, say)
    try:
        applied = apply_files(loaded)
    except FirstclassError:
        supervisor.close()
        raise
    files = Watch(applied.files)

    def reapply() -> None:
        fresh = load()
        done = apply_files(fresh)
        files.follow(done.files)
        changed = [name for name, api in done.apis.items() if api["changed"]]
        say(f"applied: {', '.join(changed) or 'nothing changed'}")

    supervisor.run(lambda state: ready(state, supervisor), reapply, files if watch else None)


def ready_event(state: dict[str, Any], supervisor: Supervisor) -> dict[str, Any]:
    """The line that `run` and `dev` print with `--json`."""
    return {
        "event": "ready",
        "pid": os.getpid(),
        "traffic": supervisor.listening("traffic"),
        "control": supervisor.listening("control"),
        "status": supervisor.listening("status"),
        "bundles": state.get("bundles", {}),
    }


def loader(config: Path | None, data: Path | None) -> Callable[[], LoadedSettings]:
    """A function that reads the configuration afresh."""
    return lambda: load_settings(config, data=data)
