"""Raw sockets for attackers and origins: bytes go out as written, and every byte that comes is kept."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Pieces = Iterable[bytes]


@dataclass(frozen=True)
class Arrived:
    """One request as it reached the origin."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Answered:
    """One response as it reached the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def reason(self) -> str | None:
        found = re.search(rb'"reason"\s*:\s*"([a-z_]+)"', self.body)
        return found[1].decode() if found else None


def reply(status: int = 200, body: bytes = b"{}", media: str | None = "application/json", **headers: str) -> bytes:
    """A well-formed answer of the origin."""
    lines = [f"HTTP/1.1 {status} X"]
    if media is not None:
        lines.append(f"Content-Type: {media}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if status in (204, 304) else body)


class RawOrigin:
    """Records whatever reaches it. `answer` makes the pieces of each reply; after a piece of None it closes."""

    def __init__(self) -> None:
        self.requests: list[Arrived] = []
        self.received = b""
        self.connections = 0
        self.answer: Callable[[Arrived], Iterable[bytes | None]] = lambda _: [reply()]
        self.early: bytes | None = None
        """An answer that leaves as soon as a head is there; what follows on that connection is only written down."""
        self.told: dict[int, bytes] = {}
        self.files: dict[str, Callable[[], bytes | Iterable[bytes]]] = {}
        self.fetched: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, data: bytes | None = None, *, close: bool = False) -> None:
        """From now on every request gets these bytes."""
        answer = reply() if data is None else data
        self.answer = lambda _: [answer, None] if close else [answer]

    def take(self) -> list[Arrived]:
        """Requests since the last look; forgets the bytes as well."""
        taken, self.requests = self.requests, []
        self.received = b""
        return taken

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        buffer = b""
        with contextlib.suppress(OSError, ValueError), connection:
            connection.settimeout(60)
            while self.early is not None or number in self.told:
                part = connection.recv(65536)
                if not part:
                    return
                was_head = b"\r\n\r\n" in buffer
                buffer += part
                self.told[number] = buffer
                if not was_head and b"\r\n\r\n" in buffer and self.early is not None:
                    connection.sendall(self.early)
            while True:
                whole = take_request(buffer, number)
                if whole is None:
                    part = connection.recv(65536)
                    if not part:
                        return
                    self.received += part
                    buffer += part
                    continue
                arrived, buffer = whole
                path = arrived.target.split("?")[0]
                if path in self.files:
                    self.fetched.append(path)
                    content = self.files[path]()
                    for part in [content] if isinstance(content, bytes) else content:
                        connection.sendall(part)
                    continue
                self.requests.append(arrived)
                for piece in self.answer(arrived):
                    if piece is None:
                        with contextlib.suppress(OSError):
                            connection.shutdown(socket.SHUT_WR)
                        return
                    connection.sendall(piece)


def take_request(buffer: bytes, number: int) -> tuple[Arrived, bytes] | None:
    """The first whole request of `buffer` and the rest."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    fields = {name.lower(): value for name, value in headers}
    body, rest = read_body(fields, buffer[end + 4 :])
    return None if body is None else (Arrived(method, target, headers, body, number), rest)


def read_body(fields: dict[str, str], data: bytes) -> tuple[bytes | None, bytes]:
    """The body that the fields speak of, None where it is not all there, and the rest."""
    if "chunked" in fields.get("transfer-encoding", ""):
        body, at = b"", 0
        while True:
            end = data.find(b"\r\n", at)
            if end < 0:
                return None, data
            size = int(data[at:end].split(b";")[0], 16)
            if len(data) < end + 4 + size:
                return None, data
            body += data[end + 2 : end + 2 + size]
            at = end + 4 + size
            if size == 0:
                return body, data[at:]
    length = int(fields.get("content-length", 0))
    return (data[:length], data[length:]) if len(data) >= length else (None, data)


@dataclass
class Conversation:
    """What came back on one connection, and whether the other side closed it."""

    received: bytes = b""
    closed: bool = False
    answers: list[Answered] = field(default_factory=list)

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


def send(
    port: int, *pieces: bytes, silence: float = 0.3, limit: float = 10.0, pause: float = 0.0, head: bool = False
) -> Conversation:
    """Send the pieces and listen until the other side closes, or has said something and then nothing for `silence`."""
    said = Conversation()
    with socket.create_connection(("127.0.0.1", port), timeout=limit) as connection:
        for piece in pieces:
            with contextlib.suppress(OSError):
                connection.sendall(piece)
            if pause:
                time.sleep(pause)
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            connection.settimeout(silence if said.received else limit)
            try:
                part = connection.recv(65536)
            except TimeoutError:
                break
            except OSError:
                part = b""
            if not part:
                said.closed = True
                break
            said.received += part
            if said.received.count(b"\r\n\r\n") and b"Connection: close" in said.received:
                connection.settimeout(limit)
    said.answers = answers_in(said.received, head=head)
    return said


def answers_in(data: bytes, *, head: bool = False) -> list[Answered]:
    """Every final answer in `data`."""
    found = []
    while (end := data.find(b"\r\n\r\n")) >= 0:
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        fields = {name.lower(): value for name, value in headers}
        rest = data[end + 4 :]
        if status < 200:
            data = rest
            continue
        body: bytes | None = b""
        if not head and status not in (204, 304):
            body, rest = read_body(fields, rest)
        found.append(Answered(status, headers, data[end + 4 :] if body is None else body))
        data = rest if body is not None else b""
    return found


def request(method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None) -> bytes:
    """A well-formed request that ends its connection."""
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway.test", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def ask(
    port: int, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None
) -> Answered:
    """One well-formed request; its answer."""
    said = send(port, request(method, target, list(headers), body), head=method == "HEAD")
    assert len(said.answers) == 1, said
    return said.answers[0]
