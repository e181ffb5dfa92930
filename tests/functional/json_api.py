"""A server of JSON for the APIs of tests, on a port of its own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Header = tuple[str, str]


class JsonApi:
    """Answers what `answer` says, to GET and POST, until it is closed."""

    def __init__(self) -> None:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, said, more = api.answer(self.path, dict(self.headers.items()), body)
                text = json.dumps(said).encode() if said is not None else b""
                self.send_response(status)
                if said is not None:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                for name, value in more:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _answer

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, list[Header]]:
        """Status, what is said (None: no body), and further headers."""
        raise NotImplementedError

    def close(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()
