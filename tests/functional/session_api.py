"""An API with sessions of its own, and no idea of a gateway: signs in, signs out, answers about users."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from operated import Operated

CONTRACT = Path(__file__).parents[2] / "bundle" / "cases" / "sessions" / "contract.yaml"
OPERATIONS = ("login", "logout", "getUser")


class SessionApi:
    """Gives every sign-in a fresh token for the user who asks (`email`: the user's number); remembers what it saw."""

    def __init__(self) -> None:
        self.count = 0
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._lock = threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                api.seen.append((self.path, dict(self.headers.items())))
                status, answer = api.answer(self.path, body)
                self.send_response(status)
                text = json.dumps(answer).encode() if answer is not None else b""
                if answer is not None:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _answer

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        """What it says."""
        if path == "/logout":
            return 204, None
        if path != "/login":
            return 200, {"id": 7, "phone": "0790001122"}
        with self._lock:
            self.count += 1
            token = f"session-{self.count:06}-CANARY"
        return 200, {"token": token, "user": {"id": int(json.loads(body)["email"]), "phone": "0790001122"}}

    def close(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()


class Garage:
    """A gateway in front of it, and one application's key."""

    def __init__(self, site: Operated, api: SessionApi) -> None:
        self.site, self.api = site, api
        site.contract.write_bytes(CONTRACT.read_bytes())
        site.write_config(apis=[{"name": "notes", "contract": "notes.yaml", "upstream": api.url}])
        site.apply()
        self.key = site.key_for("desk", *OPERATIONS)

    def sign_in(self, user: int) -> str:
        """The token that the client got."""
        answer = self.site.call("POST", "/login", body={"email": str(user)}, X_App_Key=self.key)
        assert answer.status == 200, answer
        return str(json.loads(answer.body)["token"])

    def sign_out(self, token: str) -> int:
        """The status."""
        return self.site.call("POST", "/logout", X_App_Key=self.key, Authorization=f"Bearer {token}").status

    def read(self, user: int, token: str) -> tuple[int, str | None]:
        """Status and reason."""
        answer = self.site.call("GET", f"/users/{user}", X_App_Key=self.key, Authorization=f"Bearer {token}")
        return answer.status, answer.reason
