"""Open the gateway's listening sockets, so that a port in use is said before anything starts."""

from __future__ import annotations

import errno
import socket

from firstclass.base.settings import Address, Listen
from firstclass.model.errors import Exit, FirstclassError

BACKLOG = 4096


def open_listeners(listen: Listen) -> dict[str, list[socket.socket]]:
    """Bind and listen on every port of `listen`; keys are `traffic`, `control`, `status`.

    Raises:
        FirstclassError: a port is in use, not permitted, or its host is none of this machine's.
    """
    opened: dict[str, list[socket.socket]] = {}
    try:
        for name in ("traffic", "control", "status"):
            opened[name] = [_listen(name, getattr(listen, name))]
    except FirstclassError:
        for sockets in opened.values():
            for each in sockets:
                each.close()
        raise
    return opened


def address_of(listener: socket.socket) -> str:
    """HOST:PORT that a listening socket really has."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _listen(name: str, address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as problem:
        listener.close()
        raise _refusal(name, address, problem) from None
    return listener


def _refusal(name: str, address: Address, problem: OSError) -> FirstclassError:
    hint = f"name another address: listen: {{{name}: 127.0.0.1:PORT}}"
    what = problem.strerror or str(problem)
    if problem.errno == errno.EADDRINUSE:
        what, hint = "is in use by another process", f"end that process, or {hint}"
    elif problem.errno == errno.EACCES:
        what = "needs a privilege that this user does not have"
    return FirstclassError("listen_failed", f"listen.{name}: {address} {what}", hint=hint, exit_code=Exit.UNAVAILABLE)
