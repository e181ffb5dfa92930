"""A recording origin: an HTTP/1.1 server on loopback that notes each request and answers what it is told to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import BinaryIO

from firstclass.engine.cases.model import Headers, Seen

BODILESS = (204, 304)
READ_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What the origin answers; `raw` goes out as it stands, and then the connection ends."""

    status: int = 200
    headers: Headers = field(default_factory=lambda: [("Content-Type", "application/json")])
    body: bytes = b"{}"
    raw: bytes | None = None
    delay_seconds: float = 0.0

    def encode(self, method: str) -> bytes:
        """The bytes of the answer to a request of `method`."""
        if self.raw is not None:
            return self.raw
        names = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status} Answer", *(f"{name}: {value}" for name, value in self.headers)]
        if self.status not in BODILESS and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head + (b"" if method == "HEAD" or self.status in BODILESS else self.body)


class Origin:
    """Listens from the moment it is made; `reply` may be changed between requests."""

    def __init__(self) -> None:
        """Open a port of the system's choice."""
        self.reply = Reply()
        self._seen: list[Seen] = []
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="origin", daemon=True).start()

    @property
    def url(self) -> str:
        """Scheme and authority."""
        return f"http://127.0.0.1:{self.port}"

    def take(self) -> list[Seen]:
        """The requests since the last look."""
        seen, self._seen = self._seen, []
        return seen

    def close(self) -> None:
        """No new connection, and the open ones end."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        connection.settimeout(READ_SECONDS)
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while (seen := read_request(stream)) is not None:
                self._seen.append(seen)
                reply = self.reply
                if reply.delay_seconds:
                    time.sleep(reply.delay_seconds)
                connection.sendall(reply.encode(seen.method))
                if reply.raw is not None:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_WR)
                    break
        self._connections.discard(connection)


def read_request(stream: BinaryIO) -> Seen | None:
    """The next request on a connection, read without any leniency that could hide a fault; None at its end.

    Raises:
        ValueError: what came is no request that an origin should have to read.
    """
    line = stream.readline(65536)
    if not line:
        return None
    method, target, version = line.decode("latin-1").removesuffix("\r\n").split(" ")
    if version != "HTTP/1.1":
        raise ValueError(version)
    headers: Headers = []
    while (raw := stream.readline(65536).decode("latin-1")) != "\r\n":
        if not raw:
            return None
        name, colon, value = raw.removesuffix("\r\n").partition(":")
        if not colon:
            raise ValueError(raw)
        headers.append((name, value.strip(" \t")))
    length, chunked = 0, False
    for name, value in headers:
        if name.lower() == "content-length":
            length = int(value)
        chunked |= name.lower() == "transfer-encoding"
    body = _read_chunks(stream) if chunked else stream.read(length)
    if not chunked and len(body) < length:
        return None  # cut short: not a request
    return Seen(method, target, headers, body)


def _read_chunks(stream: BinaryIO) -> bytes:
    body = b""
    while size := int(stream.readline().split(b";")[0], 16):
        part = stream.read(size)
        if len(part) < size or stream.read(2) != b"\r\n":
            raise ValueError("a chunk was cut short")
        body += part
    while stream.readline() not in (b"\r\n", b""):
        pass
    return body
