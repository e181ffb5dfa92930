"""Threat 27, one more channel: the keys of a map in an answer are data, and stand in no event; nor does what is left
out of a call under a name that may be data."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from gateway import directory, load_contract
from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.inventory import audit

CONTRACT = """
openapi: 3.1.0
info: {title: Balances, version: 1.0.0}
servers: [{url: "https://balances.example/"}]
paths:
  /balances:
    get:
      operationId: listBalances
      security: []
      responses:
        "200":
          description: By e-mail address.
          content: {application/json: {schema: {type: object, additionalProperties: {type: integer}}}}
  /accounts:
    get:
      operationId: listAccounts
      security: []
      responses:
        "200":
          description: By e-mail address.
          content:
            application/json:
              schema:
                type: object
                additionalProperties: {type: object, properties: {balance: {type: integer}}}
"""


def load(engine: EngineUnderTest, origin: RawOrigin, mode: str | None = None) -> None:
    contract = CONTRACT.replace("paths:", f"x-firstclass: {{mode: {mode}}}\npaths:") if mode else CONTRACT
    load_contract(engine, origin, contract.encode(), [])


def test_a_faulty_value_in_a_map_does_not_put_its_key_into_an_event() -> None:
    origin = RawOrigin()
    canary = f"ana-{secrets.token_hex(8)}@example.org"
    with EngineUnderTest() as engine:
        load(engine, origin)
        origin.says(reply(200, f'{{"{canary}": "none"}}'.encode()))
        answer = ask(engine.port, "GET", "/balances")
        assert canary.encode() in answer.body, "the contract lets the map itself out"
        [request_id] = answer.values("X-Request-Id")
        event = engine.events({request_id})[request_id]
        assert event["would_refuse"][0]["violations"][0]["pointer"] == "/*"
        assert canary not in str(engine.event_lines()) + engine.log()
    origin.close()


def test_what_is_left_out_is_told_without_names_that_may_be_data_and_without_values() -> None:
    origin = RawOrigin()
    person, token, value = f"ana-{secrets.token_hex(4)}@example.org", f"aB{secrets.token_hex(16)}", secrets.token_hex(8)
    members = f'{{"balance": 1, "nickname": "{value}", "{token}": "{value}", "{person}": {{"{value}": 1}}}}'
    sent = f'{{"{person}": {members}, "{token}": {members}}}'
    headers = {f"x-{token}": value, "x-tenant": value, "Cookie": f"{token}={value}; theme={value}"}
    with EngineUnderTest() as engine:
        load(engine, origin, "observe")
        origin.says(reply(200, sent.encode(), Set_Cookie=f"{token}={value}", **{f"x_{token}": value}))
        answer = ask(engine.port, "GET", "/accounts", list(headers.items()))
        assert answer.status == 200 and value.encode() not in answer.body
        [request_id] = answer.values("X-Request-Id")
        told = engine.events({request_id})[request_id]["left_out"]
        names = {(found["in"], found.get("pointer") or found.get("name")) for found in told}
        assert {("header", "x-tenant"), ("cookie", "theme"), ("body", "/*/nickname"), ("body", "/*/*")} <= names, told
        deadline = time.monotonic() + 10
        while "nickname" not in str(engine.frames("observed")):
            assert time.monotonic() < deadline, "counted by place"
            time.sleep(0.05)
        everything = str(engine.event_lines()) + str(engine.frames("observed")) + engine.log()
        for canary in (person, token, token.lower(), value):
            assert canary not in everything
        load(engine, origin, "enforce")
        answer = ask(engine.port, "GET", "/accounts", list(headers.items()))
        [request_id] = answer.values("X-Request-Id")
        assert engine.events({request_id})[request_id]["left_out"] == [], "told while it is observed"
    origin.close()


PERSON = """
openapi: 3.1.0
info: {title: People, version: 1.0.0}
servers: [{url: "https://people.example/"}]
paths:
  /me:
    get:
      operationId: getMe
      security: []
      responses:
        "200":
          description: Somebody.
          content:
            application/json:
              schema:
                type: object
                additionalProperties: true
                properties:
                  ssn:
                    type: string
                    x-data-classification: {category: identity, sensitivity: confidential, masking: {strategy: full}}
"""


def test_a_masked_value_under_another_spelling_is_told_and_the_fix_holds_it_back() -> None:
    origin = RawOrigin()
    canary = secrets.token_hex(8)
    files = {"c.yaml": PERSON.encode()}
    open_, told = ApiSettings(name="shop", contract="c.yaml", upstream=origin.url), []
    closed = replace(open_, overlays=("fixes.yaml",))
    with EngineUnderTest() as engine:
        for settings, leaves in ((open_, True), (closed, False)):
            compiled = compile_api(settings, files.__getitem__, keep=True)
            assert compiled.document is not None and not compiled.errors
            told.append([harm for harm in audit(compiled).harms if harm.code == "mask_by_name"])
            engine.load({"shop": encode(compiled.document).decode()}, directory(int(time.time() * 1000), []))
            origin.says(reply(200, f'{{"ssn": "{canary}", "SSN": "{canary}"}}'.encode()))
            answer = ask(engine.port, "GET", "/me")
            assert answer.status == 200 and (canary.encode() in answer.body) == leaves
            files["fixes.yaml"] = (
                f"overlay: 1.0.0\ninfo: {{title: F, version: 1.0.0}}\nactions:\n{told[0][0].fix}".encode()
            )
    assert len(told[0]) == 1 and told[1] == []
