"""A ring at control's door: the store has changed. Whoever writes rings, so that a revocation waits for no poll."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

# In the data directory, beside the store; control listens there for engines, and for this.
SOCKET = "control.sock"
RING = b'{"kind":"changed"}\n'


def ring(data: Path) -> None:
    """Say that the store in `data` has changed; never waits. Where nobody hears it, control finds out by itself: it
    looks every ten seconds, or sooner where readiness allows less."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.setblocking(False)
        door.connect(str(data / SOCKET))
        door.send(RING)
