"""An API that has callers already and checks their credentials itself: it answers 401 to everybody else, as they do."""

from __future__ import annotations

import json
from typing import Any

from json_api import Header, JsonApi

# One call by each way in: what it is called, and what callers send today.
WAYS = {
    "/v1/token": ("Authorization", "Bearer opaque.token-1"),
    "/v1/basic": ("Authorization", "Basic dXNlcjpwYXNz"),
    "/v1/key": ("api_key", "their key 1"),
    "/v1/cookie": ("Cookie", "theme=dark; SID=abc"),
    "/v1/unsaid": ("X-API-Key", "their-key-2"),
}
QUERY = "/v1/query?appid=their-key-3"
# Two ways to sign in that begin a session by a cookie: one answers, one leads on, which no contract says.
COOKIE = ("Set-Cookie", "SID=abc; Path=/; HttpOnly")
SIGN_INS = {"/v1/sign-in": (200, [COOKIE]), "/v1/form": (302, [COOKIE, ("Location", "/v1/cookie")])}
CHALLENGES = [("WWW-Authenticate", 'Digest realm="live", nonce="1"'), ("WWW-Authenticate", 'Basic realm="live"')]
JSON = {"content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}}
ANSWERS = {"200": {"description": "OK.", **JSON}, "401": {"description": "No.", **JSON}}


def operation(name: str, security: Any = None) -> dict[str, Any]:
    """One operation; None: the contract does not say who gets in."""
    return {"operationId": name, "responses": dict(ANSWERS), **({} if security is None else {"security": security})}


def contract() -> dict[str, Any]:
    """As somebody generated it: sign-in asks for the token that it gives, for nobody looked."""
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "basic": {"type": "http", "scheme": "basic"},
        "key": {"type": "apiKey", "in": "header", "name": "api_key"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "SID"},
        "query": {"type": "apiKey", "in": "query", "name": "appid"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    paths: dict[str, Any] = {f"/{name}": {"get": operation(name, [{name: []}])} for name in schemes if name != "header"}
    paths["/unsaid"] = {"get": operation("unsaid", [{}, {"header": []}])}
    signed_in = {"type": "object", "properties": {"token": {"type": "string"}, "id": {"type": "integer"}}}
    sign_in = operation("login", [{"token": []}])
    sign_in["responses"] = {"200": {"description": "OK.", "content": {"application/json": {"schema": signed_in}}}}
    sign_in["requestBody"] = {"content": {"application/json": {"schema": {"type": "object", "properties": {"id": {}}}}}}
    paths["/login"] = {"post": sign_in}
    for name in ("sign-in", "form"):
        paths[f"/{name}"] = {"post": operation(name, [])}
    del paths["/basic"]["get"]["responses"]["401"]
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths["/users/{id}"] = {"parameters": [number], "get": operation("getUser", [{"token": []}])}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Live", "version": "1"},
        "servers": [{"url": "https://live.example/v1"}],
        "paths": paths,
        "components": {"securitySchemes": schemes},
    }


class LiveApi(JsonApi):
    """Knows `WAYS`, and sessions that it began itself; every session may read every user."""

    def __init__(self) -> None:
        self.sessions = {"before-the-gateway": 7}
        self.seen: list[dict[str, str]] = []
        super().__init__()
        self.url += "/v1"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, list[Header]]:
        """What it says, and what it remembers of who asked."""
        self.seen.append({name.lower(): value for name, value in headers.items()})
        status, said = self._said(path, self.seen[-1], body)
        return status, said, SIGN_INS[path][1] if path in SIGN_INS else CHALLENGES if status == 401 else []

    def _said(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if path == "/v1/login":
            user = json.loads(body)["id"]
            token = f"session-{len(self.sessions)}"
            self.sessions[token] = user
            return 200, {"token": token, "id": user}
        if path in SIGN_INS:
            return SIGN_INS[path][0], {"ok": True}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if (path.startswith("/v1/users/") and token in self.sessions) or path == QUERY:
            return 200, {"ok": True}
        header, value = WAYS.get(path, ("", ""))
        sent = headers.get(header.lower(), "")
        is_known = sent == value or (header == "Cookie" and "SID=abc" in sent.split("; "))
        return (200, {"ok": True}) if header and is_known else (401, {"error": "who are you?"})
