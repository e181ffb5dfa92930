"""Threat 20: observe as a way in. In every combination of modes, however it was set, what has no mode stays refused:
framing, targets, undeclared operations and methods, credentials, subscriptions, owners, and what is confidential."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gateway import Gateway, bearer, directory, key, token
from raw import RawOrigin, ask, reply

from firstclass.base.modes import RULE_CLASSES
from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest

CONTRACT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "http://localhost/"}]
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-API-Key}
    partner: {type: http, scheme: bearer, x-firstclass: {issuer: partner}}
  schemas:
    Person:
      type: object
      properties:
        id: {type: integer}
        card: {type: string, x-data-classification: {category: financial, masking: {strategy: full}}}
x-firstclass: {responses: strict}
paths:
  /people/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPerson
      security: [{apiKey: []}]
      responses:
        "200": {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Person"}}}}
    put:
      operationId: putPerson
      security: [{apiKey: []}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Person"}}}}
      responses: {"204": {description: Put.}}
  /mine/{owner}:
    parameters:
      - name: owner
        in: path
        required: true
        schema: {type: string}
        x-firstclass: {object: person, owner: token.sub}
    put:
      operationId: putMine
      security: [{partner: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                owner: {type: string, x-firstclass: {object: person, owner: token.sub}}
                n: {type: integer}
      responses: {"204": {description: Put.}}
"""
OPERATIONS = ["getPerson", "putPerson", "putMine"]
COMBINATIONS = [
    dict(zip(RULE_CLASSES, choice, strict=True)) for choice in itertools.product(("enforce", "observe"), repeat=4)
]
COMBINATIONS += [dict.fromkeys(RULE_CLASSES, 5000)]
JSON = ("Content-Type", "application/json")
ANA = bearer(token("partner", sub="ana"))


@pytest.fixture(scope="module")
def bare() -> Iterator[tuple[Gateway, str, list[dict[str, Any]]]]:
    """An engine that holds the contract, declared to be observed in everything."""
    origin = RawOrigin()
    settings = ApiSettings(name="shop", contract="c.yaml", upstream=origin.url, mode="observe")
    compiled = compile_api(settings, {"c.yaml": CONTRACT.encode()}.__getitem__)
    assert compiled.document is not None and not compiled.errors, compiled.errors
    with EngineUnderTest() as engine:
        payload = encode(compiled.document).decode()
        yield Gateway(engine, origin), payload, directory(int(time.time() * 1000), OPERATIONS)
    origin.close()


def refused(gateway: Gateway) -> dict[str, tuple[int, bool]]:
    """By attack: the status that came of it, and whether the origin saw a request."""
    mine = [ANA, JSON]
    attacks: dict[str, tuple[str, str, list[tuple[str, str]], bytes]] = {
        "a path that nobody declared": ("GET", "/admin", [key("desk")], b""),
        "a method that nobody declared": ("DELETE", "/people/1", [key("desk")], b""),
        "dot segments": ("GET", "/people/../people/1", [key("desk")], b""),
        "an encoded slash": ("GET", "/people/1%2F2", [key("desk")], b""),
        "no credential": ("GET", "/people/1", [], b""),
        "a revoked key": ("GET", "/people/1", [key("revoked")], b""),
        "an expired key": ("GET", "/people/1", [key("expired")], b""),
        "a key of a disabled application": ("GET", "/people/1", [key("gone")], b""),
        "an application without a subscription": ("GET", "/people/1", [key("other")], b""),
        "somebody else's id in a path": ("PUT", "/mine/bob", mine, b'{"n":1}'),
        "somebody else's id in a body": ("PUT", "/mine/ana", mine, b'{"owner":"bob"}'),
        "an owner where nobody can read it": ("PUT", "/mine/ana", [ANA, ("Content-Type", "text/plain")], b"owner=bob"),
        "a broken body with an owner": ("PUT", "/mine/ana", mine, b'{"owner":"ana","owner":"bob"}'),
        "two lengths": (
            "PUT",
            "/people/1",
            [key("desk"), JSON, ("Content-Length", "2"), ("Content-Length", "3")],
            b"{}",
        ),
        "a query with two readings": ("GET", "/people/1?a=%FF", [key("desk")], b""),
    }
    found = {}
    for name, (method, target, headers, body) in attacks.items():
        gateway.origin.take()
        status = ask(gateway.port, method, target, headers, body or None).status
        found[name] = (status, bool(gateway.origin.take()))
    return found


@pytest.mark.parametrize("modes", COMBINATIONS, ids=lambda modes: "-".join(str(mode) for mode in modes.values()))
def test_no_combination_of_modes_lets_in_what_has_no_mode(
    bare: tuple[Gateway, str, list[dict[str, Any]]], modes: dict[str, Any]
) -> None:
    gateway, payload, changes = bare
    value = {"tenant": "main", "operations": dict.fromkeys(OPERATIONS, modes)}
    gateway.engine.load({"shop": payload}, [*changes, {"type": "mode", "id": "shop", "value": value}])
    for attack, (status, reached) in refused(gateway).items():
        assert 400 <= status < 500 and not reached, attack
    secrets = [
        b'{"id":1,"card":"4111111111111111","pin":"CANARY"}',
        b'{"id":{"card":"4111111111111111"}}',
        b'{"id":1,"card":"4111111111111111"',
        b'[{"id":1,"card":"4111111111111111"}]',
        b'{"id":1,"card":{"pan":"4111111111111111"}}',
    ]
    for secret in secrets:
        gateway.origin.says(reply(body=secret))
        answer = ask(gateway.port, "GET", "/people/1", [key("desk")])
        assert b"41111111" not in answer.body and b"CANARY" not in answer.body, secret
    gateway.origin.says()


def test_a_body_that_nobody_can_read_does_not_pass_rules_for_bodies(
    bare: tuple[Gateway, str, list[dict[str, Any]]],
) -> None:
    """Media types in observe are no way past bodies that are enforced."""
    gateway, payload, changes = bare
    value = {"tenant": "main", "operations": {"putPerson": {"media_types": "observe", "bodies": "enforce"}}}
    gateway.engine.load({"shop": payload}, [*changes, {"type": "mode", "id": "shop", "value": value}])
    gateway.origin.take()
    answer = ask(gateway.port, "PUT", "/people/1", [key("desk"), ("Content-Type", "text/plain")], b'{"admin":true}')
    assert answer.status == 415 and not gateway.origin.take()
