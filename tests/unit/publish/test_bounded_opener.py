"""What comes drop by drop is given up as a whole, whoever asks."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from firstclass.app import issuer_metadata
from firstclass.model.errors import FirstclassError
from firstclass.publish import issuer_keys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
WHO = {
    "keys": (issuer_keys.fetch_keys, issuer_keys, issuer_keys.FetchFailed),
    "metadata": (
        lambda url: issuer_metadata.fetch_metadata(f"{url}.well-known/openid-configuration"),
        issuer_metadata,
        FirstclassError,
    ),
}


@contextlib.contextmanager
def serving(handle: Callable[[socket.socket], None]):
    """The address of a server that does this to each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    handle(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (HEAD + b"Content-Length: 60000\r\n\r\n", b" "),
        (HEAD, b"X: y\r\n"),
        (HEAD + b"X: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 404 Absent\r\n", b"X: y\r\n"),
    ],
    ids=["body", "headers", "one header", "interim answers", "headers of a failure"],
)
def test_drops_are_given_up_in_time(monkeypatch, who, start, drop):
    fetch, module, failure = WHO[who]
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.3)

    def trickle(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(80):
            connection.sendall(drop)
            time.sleep(0.05)

    began = time.monotonic()
    with serving(trickle) as url, pytest.raises(failure):
        fetch(url)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"\r\n" + b" " * (issuer_keys.MAX_BYTES + 1),
        HEAD + b'Content-Length: 50\r\n\r\n{"keys": []',
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n",
        b"",
    ],
    ids=["large", "cut off", "redirect", "nothing"],
)
def test_what_is_no_whole_answer_is_none(who, answer):
    fetch, _, failure = WHO[who]
    with serving(lambda connection: connection.sendall(answer)) as url, pytest.raises(failure):
        fetch(url)


def test_parts_that_come_in_time_are_one_answer():
    body = b'{"keys": [{"kty": "EC", "kid": "a", "d": "private"}]}'

    def handle(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        for index in range(len(body)):
            connection.sendall(body[index : index + 1])

    with serving(handle) as url:
        assert issuer_keys.fetch_keys(url) == [{"kty": "EC", "kid": "a"}]
