"""Serves the sample shop on loopback in a thread of its own. What it answers is in `shop`."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn

from firstclass.demo.shop import Shop

PREFERRED_PORT = 8090
ATTEMPTS = 200


def open_listener(port: int) -> socket.socket:
    """Listen on `port` of loopback, or on the next free one. Raises OSError after 200 busy ports."""
    for candidate in range(port, port + ATTEMPTS):
        # The protocol is named because asyncio turns Nagle's delay off only where it reads IPPROTO_TCP.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(256)
            return listener
        except OSError:
            listener.close()
    raise OSError(f"no free port between {port} and {port + ATTEMPTS}")


def find_free_ports(first: int, count: int) -> list[int]:
    """The next `count` ports from `first` on that nobody listens on now."""
    ports: list[int] = []
    while len(ports) < count:
        with open_listener(ports[-1] + 1 if ports else first) as listener:
            ports.append(int(listener.getsockname()[1]))
    return ports


class ShopServer:
    """The shop, running: as it is on `url`, and on `gateway_url` for the gateway, whose identity it believes."""

    def __init__(self, shop: Shop) -> None:
        self._listeners = [open_listener(PREFERRED_PORT)]
        self._listeners.append(open_listener(self._port(0) + 1))
        shop.gateway_port = self._port(1)
        config = uvicorn.Config(
            shop,
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="papercrane", daemon=True)

    def _port(self, index: int) -> int:
        return int(self._listeners[index].getsockname()[1])

    @property
    def url(self) -> str:
        """Where the app from the store calls today."""
        return f"http://127.0.0.1:{self._port(0)}"

    @property
    def gateway_url(self) -> str:
        """Where only the gateway calls."""
        return f"http://127.0.0.1:{self._port(1)}"

    def start(self) -> None:
        """Start serving; the listeners take connections already."""
        self._thread.start()

    def stop(self) -> None:
        """Stop within a second or two."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
        for listener in self._listeners:
            listener.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=self._listeners))
