"""What is still possible through the gateway, tried rather than recited: what is closed one day is told no more."""

from __future__ import annotations

import json
from urllib.parse import quote

from firstclass.demo.connection import Connection
from firstclass.demo.people import Person
from firstclass.demo.verdict import Run, Verdict


def find_still_possible(
    run: Run, verdict: Verdict, gateway_url: str, app_key: str, ana: Person, bob: Person
) -> list[str]:
    """Each item with what will close it, in brackets."""
    found = []
    if run.steps["replay"]["first_status"] == 200 and ana.greeting.encode() in run.received["replay"]:
        found.append("replay of Ana's sniffed requests (proof-of-possession tokens)")
    if verdict.reads_own:
        found.append("a script in place of the app, with the key out of it (attested installs)")
    if "429" not in run.steps["guess"]["statuses"]:
        found.append("guessing passwords at sign-in (throttled sign-in)")
    probe = _Probe(gateway_url, app_key, ana)
    try:
        if probe.finds(bob):
            found.append("the id of a person whose full name is known (sealed ids)")
        if probe.orders(2 * bob.id):
            found.append("ordering somebody else's card by its number (sealed ids)")
    finally:
        probe.close()
    found.append("calls to the shop's own port, around the gateway (a firewall; the gateway's proof of itself)")
    return found


class _Probe:
    """Ana, who for once knows something about Bob."""

    def __init__(self, gateway_url: str, app_key: str, ana: Person) -> None:
        self._connection = Connection(gateway_url)
        self._headers = {"X-API-Key": app_key, "Accept": "application/json"}
        self._ana = ana
        body = json.dumps({"email": ana.email, "password": ana.password}).encode()
        session = self._connection.call("POST", "/sign-in", self._headers, body).json() or {}
        self._headers["Authorization"] = f"Bearer {session.get('token')}"

    def finds(self, other: Person) -> bool:
        answer = self._connection.call("GET", f"/customers?name={quote(other.name)}", self._headers)
        return answer.status == 200 and any(found.get("id") == other.id for found in answer.json() or [])

    def orders(self, card: int) -> bool:
        body = json.dumps({"customerId": self._ana.id, "cardId": card, "quantity": 1}).encode()
        return self._connection.call("POST", "/orders", self._headers, body).status == 201

    def close(self) -> None:
        self._connection.close()
