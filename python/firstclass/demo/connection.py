"""A client of a few lines that keeps what it received. Standard library only, nothing of the product."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it arrived: `head` is the raw head, `body` the body without chunk framing."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of the first header of that name."""
        wanted = name.lower().encode()
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == wanted:
                return value.strip().decode("latin-1")
        return None

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def reason(self) -> str | None:
        """The reason of a refusal by the gateway."""
        value = self.json() if self.status >= 400 else None
        return str(value["reason"]) if isinstance(value, dict) and "reason" in value else None


class Connection:
    """Keep-alive HTTP/1.1 to one base URL; dials again where the other side closed."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host = parts.netloc
        self._socket: socket.socket | None = None
        self._buffer = b""

    def call(self, method: str, target: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
        """Send one request and return the whole answer. Raises OSError where there is none."""
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {self._host}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        message = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
        kept = self._socket is not None
        try:
            return self._exchange(message, method)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            return self._exchange(message, method)  # the other side had closed an idle connection

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def _exchange(self, message: bytes, method: str) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._read_more()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        answer = Answer(int(head[9:12]), head, b"")
        if method != "HEAD" and answer.status not in (204, 304):
            answer = Answer(answer.status, head, self._read_body(answer))
        if (answer.header("Connection") or "").lower() == "close":
            self.close()
        return answer

    def _read_body(self, answer: Answer) -> bytes:
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            body = b""
            while size := int(self._take_line().split(b";")[0], 16):
                body += self._take(size)
                self._take_line()
            while self._take_line():
                pass
            return body
        return self._take(int(answer.header("Content-Length") or 0))

    def _take(self, size: int) -> bytes:
        parts, length = [self._buffer], len(self._buffer)
        while length < size:
            self._buffer = b""
            self._read_more()
            parts.append(self._buffer)
            length += len(self._buffer)
        whole = b"".join(parts)
        self._buffer = whole[size:]
        return whole[:size]

    def _take_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._read_more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _read_more(self) -> None:
        part = self._socket.recv(262_144) if self._socket is not None else b""
        if not part:
            raise ConnectionResetError("closed by the other side")
        self._buffer += part
