"""Ask a destination that the operator named, by HTTP: it answers in time as a whole, and leads nowhere else."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

# Of a connection without a timeout, which nobody here should open.
_LONGEST_SECONDS = 5.0


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A redirect would carry what was asked to a destination that the operator did not name."""


class _InTime(io.RawIOBase):
    """What a connection receives until a deadline: the timeout of a socket is for each part."""

    def __init__(self, connection: socket.socket) -> None:
        self._deadline = time.monotonic() + (connection.gettimeout() or _LONGEST_SECONDS)
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("it came too slowly")
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *more: Any, **named: Any) -> None:
        super().__init__(sock, *more, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_InTime(sock))


class _Http(HTTPConnection):
    response_class = _Response


class _Https(HTTPSConnection):
    response_class = _Response


class _HttpHandler(HTTPHandler):
    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Http, req)


class _HttpsHandler(HTTPSHandler):
    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Https, req)


def bounded_opener() -> OpenerDirector:
    """No redirect, no proxy; the `timeout` of its `open` is for a connection, and again for the whole answer, head and
    body, however many parts it comes in."""
    return build_opener(_NoRedirect, ProxyHandler({}), _HttpHandler, _HttpsHandler)
