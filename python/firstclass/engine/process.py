"""Start an engine process on listening sockets that the caller opened; the protocol is in `bundle/LINK.md`."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Large pages where the system has some: on virtual machines that translate addresses in software a call costs 3 % less.
MEMORY = {"MIMALLOC_ALLOW_LARGE_OS_PAGES": "1"}


@dataclass(frozen=True)
class EngineConfiguration:
    """What an engine is told at its start; secrets go through its standard input, never through arguments."""

    data: Path
    events: Path
    link: Path
    listeners: dict[str, list[socket.socket]]
    workers: int
    verify_keys: dict[str, str]
    peppers: dict[str, str] = field(repr=False)
    mask_key: str = field(repr=False)
    public_url: str
    tells_public_url: bool = False
    apis: tuple[str, ...] = ()
    ready_max_directory_age_seconds: int | None = None
    limits: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The object of `bundle/LINK.md`, descriptors by number."""
        return {
            "data": str(self.data),
            "events": str(self.events),
            "link": str(self.link),
            "listeners": {name: [s.fileno() for s in sockets] for name, sockets in self.listeners.items()},
            "workers": self.workers,
            "verify_keys": self.verify_keys,
            "peppers": self.peppers,
            "mask_key": self.mask_key,
            "public_url": self.public_url,
            "tells_public_url": self.tells_public_url,
            "apis": list(self.apis),
            "ready_max_directory_age_seconds": self.ready_max_directory_age_seconds,
            "limits": self.limits,
        }


def start_engine(
    configuration: EngineConfiguration,
    *,
    keep_open: tuple[int, ...] = (),
    environment: Mapping[str, str],
    log: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start the engine in the caller's process group; its standard output stays a pipe that the caller reads.

    The engine ends by itself when that pipe closes, so it never outlives who started it. `keep_open` are further
    descriptors that it holds as long as it lives; `log`: where its log goes, as `Popen` takes it (None: where
    ours does).

    Raises:
        OSError: the process cannot be started.
    """
    descriptors = [s.fileno() for sockets in configuration.listeners.values() for s in sockets]
    process = subprocess.Popen(
        [sys.executable, "-m", "firstclass.engine.main"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        pass_fds=(*descriptors, *keep_open),
        # What it writes is for this account alone, whatever the directory above allows.
        umask=0o077,
        env={**MEMORY, **environment},
    )
    assert process.stdin is not None
    # An engine that died before it read is noticed by who waits for it, with its exit code.
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(json.dumps(configuration.as_json()).encode())
    return process
