"""What listens where an API was expected and is no HTTP server: one that speaks TLS, or that speaks first. Looks now,
from here; what an answer was like then is in its event."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

CONNECT_SECONDS = 0.5
GREETING_SECONDS = 0.3
HANDSHAKE_SECONDS = 1.0
MOST = 64  # bytes of a greeting
PLAIN = "let the API listen on plain HTTP, on this machine or a network that is yours, and name that port as upstream:"
_GREETINGS = (
    (b"SSH-", "an SSH server"),
    (b"220", "a server of mail or files (SMTP, FTP)"),
    (b"+OK", "a mail server (POP3)"),
    (b"* OK", "a mail server (IMAP)"),
)


def find_stranger(upstream: str, *, may_send: bool = True) -> str | None:
    """A sentence about what listens there and cannot be the API; None: nothing listens, or it may be HTTP. Without
    `may_send` only ports that are named for TLS are asked whether they speak it, for an API may log the question."""
    try:
        parts = urlsplit(upstream)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        return None
    greeting = _greeting(host, port)
    if greeting is None:
        return None
    if greeting:
        who = next((name for start, name in _GREETINGS if greeting.startswith(start)), "a server that speaks first")
        return f"{who} listens at {upstream}, which is no HTTP: correct upstream: in firstclass.yaml"
    if (may_send or str(port).endswith("443")) and _speaks_tls(host, port):
        return f"what listens at {upstream} speaks TLS, and upstreams are called in plain HTTP: {PLAIN}"
    return None


def _greeting(host: str, port: int) -> bytes | None:
    """What comes unasked; empty: nothing, as of every HTTP server; None: nobody takes the connection."""
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS) as connection:
            connection.settimeout(GREETING_SECONDS)
            try:
                return connection.recv(MOST)
            except OSError:
                return b""
    except OSError:
        return None


def _speaks_tls(host: str, port: int) -> bool:
    """Whether a handshake, or an alert of one, comes back. Nothing is told to the other side, and its certificate is
    nobody's concern here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError), socket.create_connection((host, port), timeout=CONNECT_SECONDS) as connection:
        connection.settimeout(HANDSHAKE_SECONDS)
        try:
            with context.wrap_socket(connection, server_hostname=host):
                return True
        except ssl.SSLError as problem:
            return "ALERT" in (problem.reason or "")
    return False
