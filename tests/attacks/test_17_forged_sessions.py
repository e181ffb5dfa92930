"""Threat 17, for sessions of an API's own: nothing but its answer to a sign-in says whom a session speaks for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gateway import DAY_MS
from raw import Answered, RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.directory import PEPPER, PEPPER_ID
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.minting import digest, mint_key

CONTRACT = Path(__file__).parents[2] / "bundle" / "cases" / "sessions" / "contract.yaml"
KEY = ("X-App-Key", mint_key("desk"))
KEYS = {name: ("X-App-Key", mint_key(name)) for name in ("revoked", "expired", "disabled", "unsubscribed")}
JSON = ("Content-Type", "application/json")
APIS = ("garage", "depot")


@dataclass
class House:
    """Two APIs of one contract, each with its own sessions, behind one engine."""

    engine: EngineUnderTest
    origin: RawOrigin

    def sign_in(self, answer: Any, status: int = 200, api: str = "garage", **request: Any) -> Answered:
        """A sign-in that the API answers like this."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.origin.says(reply(status, body))
        sent = json.dumps({"email": "mallory@example.org", **request}).encode()
        return ask(self.engine.port, "POST", f"/{api}/login", [KEY, JSON], sent)

    def subject(self, token: str, user: int = 7, api: str = "garage") -> list[str]:
        """Whom the API is told that this session speaks for; empty: the call was refused."""
        self.origin.says(reply(200, b'{"id": 7}'))
        self.origin.take()
        ask(self.engine.port, "GET", f"/{api}/users/{user}", [KEY, ("Authorization", f"Bearer {token}")])
        return [value for arrived in self.origin.take() for value in arrived.values("Firstclass-Subject")]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    origin = RawOrigin()
    bundles, operations = {}, []
    for api in APIS:
        settings = ApiSettings(name=api, contract="c.yaml", upstream=origin.url, base_path=f"/{api}")
        compiled = compile_api(settings, lambda _: CONTRACT.read_bytes())
        assert compiled.document is not None, compiled.errors
        operations = [operation["id"] for operation in compiled.document["operations"]]
        bundles[api] = encode(compiled.document).decode()
    with EngineUnderTest() as engine:
        about = {"tenant": "main", "application": "app"}
        until = int(time.time() * 1000) + DAY_MS
        secret = {"digest": digest(PEPPER, KEY[1]), "pepper": PEPPER_ID, "state": "active", "expires_at": until}
        granted = {"operations": operations, "unmask": [], "until": None}
        application = {"tenant": "main", "name": "desk", "enabled": True, "clients": []}
        changes = [
            {"type": "application", "id": "app", "value": application},
            {"type": "credential", "id": "key", "value": {**about, **secret}},
            *({"type": "subscription", "id": api, "value": {**about, "api": api, **granted}} for api in APIS),
        ]
        for name, (_, value) in KEYS.items():
            of = {"disabled": "gone", "unsubscribed": "other"}.get(name, "app")
            left = {"state": "revoked"} if name == "revoked" else {"expires_at": 1} if name == "expired" else {}
            whole = {**about, **secret, "application": of, "digest": digest(PEPPER, value), **left}
            changes.append({"type": "credential", "id": name, "value": whole})
        for name in ("gone", "other"):
            enabled = {**application, "name": name, "enabled": name == "other"}
            changes.append({"type": "application", "id": name, "value": enabled})
        changes.append(
            {
                "type": "subscription",
                "id": "gone",
                "value": {**about, "application": "gone", "api": "garage", **granted},
            }
        )
        engine.load(bundles, changes)
        yield House(engine, origin)
    origin.close()


def test_a_token_of_the_clients_choice_is_not_fixed(house: House) -> None:
    chosen = "chosen-by-mallory"
    assert house.sign_in({"token": "fixed-1", "user": {"id": 7}}, token=chosen).status == 200
    assert house.subject("fixed-1") == ["7"]
    assert house.subject(chosen) == []
    # Nor by presenting it while signing in.
    house.origin.says(reply(200, json.dumps({"token": "fixed-2", "user": {"id": 7}}).encode()))
    headers = [KEY, JSON, ("Authorization", f"Bearer {chosen}"), ("Cookie", f"session={chosen}")]
    assert ask(house.engine.port, "POST", "/garage/login", headers, b"{}").status == 200
    assert house.subject(chosen) == []


def test_an_api_that_takes_over_a_planted_token_gives_it_to_nobody(house: House) -> None:
    """Mallory signs in, plants the token with Ana, and the API signs Ana in under the same one."""
    assert house.sign_in({"token": "planted", "user": {"id": 666}}).status == 200
    assert house.subject("planted", user=666) == ["666"]
    ana = house.sign_in({"token": "planted", "user": {"id": 7}})
    assert (ana.status, ana.reason) == (502, "response_invalid") and b"planted" not in ana.body
    assert house.subject("planted", user=7) == house.subject("planted", user=666) == []


LOOKS_LIKE_IT = {"token": "learnt", "user": {"id": 7}}
TEACHES_NOTHING = {
    "a failed sign-in": (401, LOOKS_LIKE_IT),
    "an undeclared status": (202, LOOKS_LIKE_IT),
    "a status of the server's fault": (500, LOOKS_LIKE_IT),
    "no user": (200, {"token": "learnt"}),
    "a user without an id": (200, {"token": "learnt", "user": {}}),
    "an id in a list": (200, {"token": "learnt", "user": [{"id": 7}]}),
    "an id that is a list": (200, {"token": "learnt", "user": {"id": [7]}}),
    "an id of another type": (200, {"token": "learnt", "user": {"id": "7"}}),
    "no id": (200, {"token": "learnt", "user": {"id": None}}),
    "a token in an object": (200, {"token": {"token": "learnt"}, "user": {"id": 7}}),
    "a token with a space": (200, {"token": "learnt x", "user": {"id": 7}}),
    "an id twice": (200, b'{"token":"learnt","user":{"id":8,"id":7}}'),
    "a token twice": (200, b'{"token":"x","tok\\u0065n":"learnt","user":{"id":7}}'),
    "half an answer": (200, b'{"token":"learnt","user":{"id":7}'),
    "two answers": (200, b'{"token":"learnt","user":{"id":7}}{}'),
    "no JSON": (200, b"token=learnt&id=7"),
    "ended already": (200, {**LOOKS_LIKE_IT, "expires_in": -5}),
}


@pytest.mark.parametrize("name", TEACHES_NOTHING)
def test_an_answer_that_is_no_declared_success_teaches_nothing(house: House, name: str) -> None:
    status, answer = TEACHES_NOTHING[name]
    house.sign_in(answer, status)
    assert house.subject("learnt") == house.subject("learnt", user=8) == []


def test_another_operation_that_answers_the_same_teaches_nothing(house: House) -> None:
    house.origin.says(reply(200, json.dumps({"ok": True, **LOOKS_LIKE_IT}).encode()))
    assert ask(house.engine.port, "GET", "/garage/news", [KEY]).status == 200
    assert house.subject("learnt") == []


def test_sessions_of_two_apis_do_not_mix(house: House) -> None:
    assert house.sign_in({"token": "shared", "user": {"id": 7}}, api="garage").status == 200
    assert house.subject("shared", api="depot") == []
    assert house.sign_in({"token": "shared", "user": {"id": 8}}, api="depot").status == 200
    assert house.subject("shared", user=7, api="garage") == ["7"]
    assert house.subject("shared", user=8, api="depot") == ["8"]
    house.origin.says(reply(204, b"", None))
    ask(house.engine.port, "POST", "/depot/logout", [KEY, ("Authorization", "Bearer shared")])
    assert house.subject("shared", user=7, api="garage") == ["7"]
    assert house.subject("shared", user=8, api="depot") == []


def test_a_subject_of_the_clients_own_never_arrives(house: House) -> None:
    house.sign_in({"token": "honest", "user": {"id": 7}})
    house.origin.says(reply(200, b"{}"))
    house.origin.take()
    forged = [("Firstclass-Subject", "8"), ("firstclass-subject", "9")]
    ask(house.engine.port, "GET", "/garage/users/7", [KEY, ("Authorization", "Bearer honest"), *forged])
    assert [arrived.values("Firstclass-Subject") for arrived in house.origin.take()] == [["7"]]


def test_invented_sessions_leave_nothing_behind(house: House) -> None:
    """What nobody signed in with costs no memory and no disk."""
    log = house.engine.directory / "engine" / "sessions.log"
    before = log.stat().st_size
    house.origin.take()
    for number in range(500):
        headers = [KEY, ("Authorization", f"Bearer invented-{number}")]
        assert ask(house.engine.port, "GET", "/garage/users/7", headers).reason == "subject_unknown"
    assert house.origin.take() == [] and log.stat().st_size == before


def test_a_session_that_has_ended_opens_nothing(house: House) -> None:
    """By sign-out, whatever the API says to that, and by its time."""
    for name, status in (("ended-1", 204), ("ended-2", 500)):
        assert house.sign_in({"token": name, "user": {"id": 7}}).status == 200
        assert house.subject(name) == ["7"]
        house.origin.says(reply(status))
        ask(house.engine.port, "POST", "/garage/logout", [KEY, ("Authorization", f"Bearer {name}")])
        assert house.subject(name) == []
    assert house.sign_in({"token": "short", "user": {"id": 7}, "expires_in": 2}).status == 200
    assert house.subject("short") == ["7"]
    time.sleep(2.2)
    assert house.subject("short") == []


@pytest.mark.parametrize("state", ["revoked", "expired", "disabled", "unsubscribed"])
def test_a_session_opens_nothing_beside_a_key_that_opens_nothing(house: House, state: str) -> None:
    """The session is good; the application that presents it is not."""
    assert house.sign_in({"token": f"with-{state}", "user": {"id": 7}}).status == 200
    house.origin.take()
    answers = [
        ask(house.engine.port, "GET", "/garage/users/7", [sent, ("Authorization", f"Bearer with-{state}")]).status
        for sent in (KEYS[state], KEY)
    ]
    assert answers == [403 if state == "unsubscribed" else 401, 200]
    assert len(house.origin.take()) == 1
