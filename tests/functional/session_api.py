"""An API with sessions of its own, and no idea of a gateway: signs in, signs out, answers about users."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from json_api import Header, JsonApi
from operated import Operated

CONTRACT = Path(__file__).parents[2] / "bundle" / "cases" / "sessions" / "contract.yaml"
OPERATIONS = ("login", "logout", "getUser")


class SessionApi(JsonApi):
    """Gives every sign-in a fresh token for the user who asks (`email`: the user's number); remembers what it saw."""

    def __init__(self) -> None:
        self.count = 0
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._lock = threading.Lock()
        super().__init__()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, list[Header]]:
        """What it says."""
        self.seen.append((path, headers))
        if path == "/logout":
            return 204, None, []
        if path != "/login":
            return 200, {"id": 7, "phone": "0790001122"}, []
        with self._lock:
            self.count += 1
            token = f"session-{self.count:06}-CANARY"
        user = {"id": int(json.loads(body)["email"]), "phone": "0790001122"}
        return 200, {"token": token, "user": user}, []


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
