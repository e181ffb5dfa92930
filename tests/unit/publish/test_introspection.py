"""An issuer that answers drop by drop is given up as a whole, and holds no thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from firstclass.base.secret import Secret
from firstclass.publish import introspection
from firstclass.publish.introspection import AskFailed, introspect

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def answered_by(handle: Callable[[socket.socket], None]) -> dict:
    """What one server with this behaviour makes of a question."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                # All of the question: what lies unread when a socket closes resets the connection.
                asked = b""
                while not asked.endswith(b"token_type_hint=access_token"):
                    asked += connection.recv(65536)
                handle(connection)

        threading.Thread(target=serve, daemon=True).start()
        return introspect(f"http://127.0.0.1:{listener.getsockname()[1]}/", "us", Secret("s"), "TOKEN-CANARY")


def trickles(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(drop)
            time.sleep(0.05)

    return handle


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (HEAD + b"Content-Length: 60000\r\n\r\n", b" "),
        (HEAD + b"\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD, b"X: y\r\n"),
        (HEAD + b"X: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["length", "close", "chunked", "headers", "one header", "interim answers"],
)
def test_drops_are_given_up_in_time(monkeypatch, start, drop):
    monkeypatch.setattr(introspection, "TIMEOUT_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(AskFailed) as caught:
        answered_by(trickles(start, drop))
    assert time.monotonic() - began < 2 and "CANARY" not in str(caught.value)


def test_parts_that_come_in_time_are_one_answer():
    def handle(connection: socket.socket) -> None:
        body = b'{"active": true, "sub": "7", "name": "Jane"}'
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        for index in range(len(body)):
            connection.sendall(body[index : index + 1])

    assert answered_by(handle) == {"active": True, "sub": "7"}


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"\r\n" + b" " * (introspection.MAX_BYTES + 1),
        HEAD + b"\r\n" + b"[" * 60_000,
        HEAD + b"\r\n" + b'{"active": "true"}',
        HEAD + b"\r\n" + b"\xff",
        HEAD + b'Content-Length: 50\r\n\r\n{"active": true',
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n",
        b"",
    ],
    ids=["large", "deep", "words", "bytes", "cut off", "redirect", "failure", "nothing"],
)
def test_what_is_no_answer_is_told_without_what_was_asked(answer):
    with pytest.raises(AskFailed) as caught:
        answered_by(lambda connection: connection.sendall(answer))
    assert "CANARY" not in str(caught.value)
