"""The honest app: calls as the app from the store does, through the gateway and without it, turn about.

A script of its own (`python -m firstclass.demo.honest`), so that nothing in the demo's process disturbs its clock.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from firstclass.demo.connection import Connection


@dataclass
class Path:
    """One way to the API, and how it went on it."""

    connection: Connection
    headers: dict[str, str]
    refused: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def sign_in(self, email: str, password: str) -> int:
        """Sign in on this way and return the customer's id."""
        body = json.dumps({"email": email, "password": password}).encode()
        answer = self.connection.call("POST", "/sign-in", self.headers, body)
        if answer.status != 200:
            self.refused += 1
            return 0
        self.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return int(answer.json()["customer"]["id"])

    def call(self, method: str, target: str, body: Any) -> None:
        """One call, timed."""
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        answer = self.connection.call(method, target, self.headers, sent)
        self.milliseconds.append((time.perf_counter() - began) * 1000)
        self.refused += answer.status >= 400

    def p99(self) -> float:
        """The 99th percentile in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def main() -> None:
    """Read the task from stdin, call, write the figures to stdout as JSON."""
    task = json.load(sys.stdin)
    ways = {
        name: Path(
            Connection(task[name]["base_url"]), {"X-API-Key": task[name]["app_key"], "Accept": "application/json"}
        )
        for name in ("alone", "protected")
    }
    own, _ = (way.sign_in(task["email"], task["password"]) for way in ways.values())
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/customers/{own}/cards", None),
        ("GET", "/designs", None),
        ("GET", f"/customers/{own}", None),
        ("POST", "/orders", {"customerId": own, "cardId": 2 * own, "quantity": 1}),
    ]
    gc.disable()
    for number in range(task["calls"]):
        turn = list(ways.values()) if number % 2 else list(ways.values())[::-1]
        for way in turn:
            way.call(*calls[number % len(calls)])
    json.dump(
        {name: {"calls": task["calls"], "refused": way.refused, "p99_ms": way.p99()} for name, way in ways.items()},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
