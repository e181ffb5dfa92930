"""Threat 27, one more channel: the keys of a map in an answer are data, and stand in no event."""

from __future__ import annotations

import secrets
import time

from gateway import directory
from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest

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
"""


def test_a_faulty_value_in_a_map_does_not_put_its_key_into_an_event() -> None:
    origin = RawOrigin()
    settings = ApiSettings(name="shop", contract="c.yaml", upstream=origin.url)
    compiled = compile_api(settings, {"c.yaml": CONTRACT.encode()}.__getitem__)
    assert compiled.document is not None and not compiled.errors
    canary = f"ana-{secrets.token_hex(8)}@example.org"
    with EngineUnderTest() as engine:
        engine.load({"shop": encode(compiled.document).decode()}, directory(int(time.time() * 1000), []))
        origin.says(reply(200, f'{{"{canary}": "none"}}'.encode()))
        answer = ask(engine.port, "GET", "/balances")
        assert canary.encode() in answer.body, "the contract lets the map itself out"
        [request_id] = answer.values("X-Request-Id")
        event = engine.events({request_id})[request_id]
        assert event["would_refuse"][0]["violations"][0]["pointer"] == "/*"
        assert canary not in str(engine.event_lines()) + engine.log()
    origin.close()
