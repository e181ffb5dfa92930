"""The client of an exchange: request bytes as written, and a strict reading of what comes back."""

from __future__ import annotations

import contextlib
import socket

from firstclass.engine.cases.model import Got, Headers, Observed

HOST = "case.test"
BODILESS = (204, 304)


def encode_request(method: str, target: str, headers: Headers, body: bytes | None) -> bytes:
    """A well-formed request; Host and Content-Length are added where they are not written."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {HOST}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


class Reader:
    """Reads responses off a connection and keeps every byte that came."""

    def __init__(self, connection: socket.socket, limit_seconds: float) -> None:
        """Wait at most `limit_seconds` for each piece."""
        self._connection = connection
        connection.settimeout(limit_seconds)
        self.received = b""
        self._at = 0
        self.ended = False

    def response(self, *, head_only: bool) -> Got | None:
        """The next final response; None where the connection ends or stays silent before one is whole."""
        while True:
            head = self._until(b"\r\n\r\n")
            if head is None:
                return None
            first, *rest = head.decode("latin-1").split("\r\n")
            status = int(first.split(" ", 2)[1])
            headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in rest)]
            if status >= 200:
                break
        body = b"" if head_only or status in BODILESS else self._body(headers)
        return None if body is None else Got(status, headers, body)

    def silence(self, seconds: float) -> None:
        """Take in whatever still comes, until the end or until nothing has come for `seconds`."""
        self._connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            while not self.ended:
                self._more()

    def _body(self, headers: Headers) -> bytes | None:
        fields = {name.lower(): value for name, value in headers}
        if "chunked" in fields.get("transfer-encoding", "").lower():
            return self._chunks()
        if "content-length" in fields:
            return self._exactly(int(fields["content-length"]))
        self.silence(5)
        body, self._at = self.received[self._at :], len(self.received)
        return body

    def _chunks(self) -> bytes | None:
        body = b""
        while True:
            line = self._until(b"\r\n")
            if line is None:
                return None
            size = int(line.split(b";")[0], 16)
            part = self._exactly(size)
            if part is None or self._until(b"\r\n") is None:
                return None
            if size == 0:
                return body
            body += part

    def _until(self, mark: bytes) -> bytes | None:
        while (found := self.received.find(mark, self._at)) < 0:
            if not self._try_more():
                return None
        part, self._at = self.received[self._at : found], found + len(mark)
        return part

    def _exactly(self, length: int) -> bytes | None:
        while len(self.received) < self._at + length:
            if not self._try_more():
                return None
        part = self.received[self._at : self._at + length]
        self._at += length
        return part

    def _try_more(self) -> bool:
        try:
            self._more()
        except OSError:
            return False
        return not self.ended

    def _more(self) -> None:
        try:
            part = self._connection.recv(65536)
        except ConnectionError:
            part = b""
        self.ended = not part
        self.received += part


def exchange(port: int, data: bytes, *, responses: int, head_only: bool, expect_close: bool, linger: float) -> Observed:
    """Send `data` on a fresh connection and read `responses` of them; what comes after is kept too.

    `linger` is how long to listen for bytes that should not come.
    """
    observed = Observed()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        reader = Reader(connection, 10)
        try:
            connection.sendall(data)
        except OSError as problem:  # refused before all was sent; the answer may be there to read
            observed.problem = f"sending ended early: {problem}"
        try:
            while len(observed.got) < responses and (got := reader.response(head_only=head_only)) is not None:
                observed.got.append(got)
        except ValueError as problem:
            observed.problem = f"an answer that cannot be read: {problem}"
        if expect_close or linger:
            reader.silence(2 if expect_close else linger)
        observed.bytes_received = reader.received
        observed.closed = reader.ended
    return observed
