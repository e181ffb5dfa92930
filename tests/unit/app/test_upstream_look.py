"""What listens where an API was expected."""

import socket
import ssl
import threading
from contextlib import contextmanager

import pytest

from firstclass.app.upstream_look import find_stranger


@contextmanager
def listening(talk):
    """A server on loopback; `talk` gets each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        talk(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("greeting", "who"),
    [(b"SSH-2.0-x\r\n", "an SSH server"), (b"220 mail ESMTP\r\n", "SMTP"), (b"\x00\x01\x02", "speaks first")],
)
def test_a_server_that_speaks_first_is_no_api(greeting, who):
    with listening(lambda connection: connection.sendall(greeting)) as upstream:
        found = find_stranger(upstream, may_send=False)
        assert found is not None and who in found and upstream in found and "correct upstream:" in found


def test_a_server_that_speaks_tls_is_told_with_what_to_do():
    """Without a certificate it answers with an alert, as one does that refuses this client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with listening(lambda connection: context.wrap_socket(connection, server_side=True)) as upstream:
        found = find_stranger(upstream)
        assert found is not None and "speaks TLS" in found and "plain HTTP" in found
        assert find_stranger(upstream, may_send=False) is None, "its port is not named for TLS, so it is not asked"


def test_http_and_nothing_are_no_strangers():
    def http(connection):
        if connection.recv(1000):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with listening(http) as upstream:
        assert find_stranger(upstream) is None
    assert find_stranger("http://127.0.0.1:9") is None
    assert find_stranger("http://[::1") is None
