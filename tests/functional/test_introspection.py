"""Opaque tokens: control asks their issuer, engines call nobody, and nobody's invention reaches it unbounded."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from operated import Answer, Operated, Origin, wait_until

CONTRACT = """
openapi: 3.1.0
info: {title: Notes, version: 1.0.0}
servers: [{url: "https://api.example/v1"}]
security: [{person: []}]
paths:
  /notes/{id}:
    get:
      operationId: getNote
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}, x-firstclass: {object: note, owner: subject}}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
  /lists:
    get:
      operationId: getLists
      security: [{person: [lists]}]
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
components: {securitySchemes: {person: {type: http, scheme: bearer, x-firstclass: {issuer: opaque}}}}
"""
SECRET = "s3cret:CANARY/+ ="
GOOD = {"active": True, "sub": "7", "client_id": "web", "aud": "notes", "scope": "read", "username": "PERSON-CANARY"}


class Provider:
    """An introspection endpoint: `tokens` says what it knows; `asked` what it was asked."""

    def __init__(self) -> None:
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.delay_seconds = 0.0
        self.slow = ""
        self.status = 200
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                provider.asked.append(form["token"][0])
                if form["token"][0].startswith(provider.slow):
                    time.sleep(provider.delay_seconds)
                user, _, secret = (
                    base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
                )
                known = (user, secret) == ("gateway", "s3cret%3ACANARY%2F%2B+%3D")
                body = json.dumps(provider.tokens.get(form["token"][0], {"active": False})).encode()
                self.send_response(provider.status if known else 401)
                self.send_header("Content-Length", str(len(body)))
                with contextlib.suppress(OSError):  # who asked has given up
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/introspect"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class House:
    def __init__(self, site: Operated, provider: Provider) -> None:
        self.site, self.provider = site, provider
        (site.directory / "secret").write_text(SECRET + "\n")
        site.contract.write_text(CONTRACT)
        opaque = {
            "name": "opaque",
            "issuer": "https://opaque.example",
            "audience": "notes",
            "introspection": {
                "url": provider.url,
                "client_id": "gateway",
                "client_secret": {"file": "secret"},
                "cache_seconds": 2,
            },
        }
        registered = [{"name": "web", "owner": "a@example.com", "client_id": "web", "issuer": "opaque"}]
        granted = [{"application": "web", "api": "notes", "operations": ["getNote", "getLists"]}]
        site.write_config(issuers=[opaque], applications=registered, subscriptions=granted)
        site.apply()
        site.start()

    def call(self, token: str, path: str = "/v1/notes/7") -> Answer:
        return self.site.call("GET", path, Authorization=f"Bearer {token}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    provider = Provider()
    with Origin() as origin:
        site = Operated(tmp_path_factory.mktemp("introspection"), origin)
        yield House(site, provider)
        site.kill()
    provider.close()


@pytest.fixture
def house(whole: House) -> House:
    whole.provider.asked.clear()
    whole.provider.delay_seconds, whole.provider.status, whole.provider.slow = 0.0, 200, ""
    return whole


def test_an_active_token_speaks_for_its_subject_and_its_application(house: House) -> None:
    house.provider.tokens["opaque-1"] = GOOD
    assert house.call("opaque-1").status == 200
    assert house.call("opaque-1", "/v1/notes/8").reason == "foreign_object"
    assert house.call("opaque-1", "/v1/lists").reason == "scope_missing"
    assert house.provider.asked == ["opaque-1"], "one answer serves for a while"


@pytest.mark.parametrize(
    ("name", "said", "reason"),
    [
        ("inactive", {"active": False}, "credential_invalid"),
        ("of another audience", {**GOOD, "aud": ["other"]}, "credential_invalid"),
        ("without an audience", {k: v for k, v in GOOD.items() if k != "aud"}, "credential_invalid"),
        ("of another issuer", {**GOOD, "iss": "https://other.example"}, "credential_invalid"),
        ("expired", {**GOOD, "exp": 1_700_000_000}, "credential_expired"),
        ("not valid yet", {**GOOD, "nbf": 4_000_000_000}, "credential_invalid"),
        ("bound to a key", {**GOOD, "cnf": {"jkt": "x"}}, "credential_invalid"),
        ("to refresh by", {**GOOD, "token_type": "refresh_token"}, "credential_invalid"),
        ("to refresh by, of Keycloak", {**GOOD, "token_type": "Bearer", "typ": "Refresh"}, "credential_invalid"),
        ("about a person", {**GOOD, "token_use": "id"}, "credential_invalid"),
        ("active in words", {**GOOD, "active": "true"}, "overloaded"),
        ("of an application that nobody registered", {**GOOD, "client_id": "nobody"}, "not_subscribed"),
        ("of nobody", {k: v for k, v in GOOD.items() if k != "sub"}, "subject_unknown"),
    ],
)
def test_what_the_issuer_does_not_vouch_for_is_refused(
    house: House, name: str, said: dict[str, Any], reason: str
) -> None:
    text = "opaque-" + name.replace(" ", "-")
    house.provider.tokens[text] = said
    assert house.call(text).reason == reason


def test_a_revoked_token_is_refused_when_its_answer_is_old(house: House) -> None:
    house.provider.tokens["opaque-2"] = GOOD
    assert house.call("opaque-2").status == 200
    house.provider.tokens["opaque-2"] = {"active": False}
    wait_until("the refusal", lambda: house.call("opaque-2").reason == "credential_invalid", 4)


def test_calls_with_one_token_wait_for_one_answer(house: House) -> None:
    house.provider.tokens["opaque-3"] = GOOD
    house.provider.delay_seconds = 0.3
    with ThreadPoolExecutor(10) as pool:
        assert {answer.status for answer in pool.map(house.call, ["opaque-3"] * 10)} == {200}
    assert house.provider.asked == ["opaque-3"]


def test_who_waits_for_an_answer_holds_up_nobody_else(house: House) -> None:
    house.provider.tokens |= {"opaque-4": GOOD, "opaque-5": GOOD}
    assert house.call("opaque-4").status == 200
    house.provider.delay_seconds = 1.5
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(house.call, "opaque-5")
        wait_until("the question", lambda: "opaque-5" in house.provider.asked)
        began = time.monotonic()
        assert house.call("opaque-4").status == 200 and time.monotonic() - began < 1
        assert slow.result().status == 200


def test_an_issuer_that_fails_or_is_slow_lets_nobody_in(house: House) -> None:
    house.provider.tokens |= {"opaque-6": GOOD, "opaque-7": GOOD}
    house.provider.status = 500
    answer = house.call("opaque-6")
    assert (answer.status, answer.reason) == (503, "overloaded")
    house.site.said("cannot be asked about tokens")
    house.provider.status, house.provider.delay_seconds = 200, 6
    answer = house.call("opaque-7")
    assert (answer.status, answer.reason) == (503, "overloaded")
    house.provider.delay_seconds = 0
    assert house.call("opaque-6").status == 200


def test_inventions_are_bounded_and_keep_nobody_out_who_was_known(house: House) -> None:
    house.provider.tokens["opaque-8"] = GOOD
    assert house.call("opaque-8").status == 200
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        reasons = {answer.reason for answer in pool.map(house.call, [f"invented-{number}" for number in range(400)])}
    # A second's allowance lies ready, and fifty a second come to it; beyond that calls are `overloaded`.
    assert len(house.provider.asked) <= 51 + 50 * (time.monotonic() - began)
    assert reasons <= {"credential_invalid", "overloaded"}
    time.sleep(2.1)
    with ThreadPoolExecutor(4) as pool:
        storm = pool.map(house.call, [f"stranger-{number}" for number in range(150)])
        assert house.call("opaque-8").status == 200
        list(storm)


def test_a_provider_that_is_slow_about_inventions_keeps_nobody_out_who_was_known(house: House) -> None:
    """Every place that control has for questions about inventions is taken, and as many wait."""
    house.provider.tokens["opaque-9"] = GOOD
    wait_until("room for a stranger", lambda: house.call("opaque-9").status == 200)
    house.provider.slow, house.provider.delay_seconds = "nobodys-", 2.4
    with ThreadPoolExecutor(100) as pool:
        storm = []
        for turn in range(2):
            storm += [pool.submit(house.call, f"nobodys-{turn}-{number}") for number in range(50)]
            time.sleep(1.1)
        began = time.monotonic()
        assert house.call("opaque-9").status == 200 and time.monotonic() - began < 1.5
        assert {answer.result().reason for answer in storm} <= {"credential_invalid", "overloaded"}


def test_neither_tokens_nor_secret_nor_person_lie_anywhere(house: House) -> None:
    house.provider.tokens["opaque-CANARY"] = GOOD
    assert house.call("opaque-CANARY").status == 200
    time.sleep(0.6)
    for path in [*house.site.data.rglob("*"), house.site.err, house.site.out]:
        if path.is_file():
            assert b"CANARY" not in path.read_bytes(), path
