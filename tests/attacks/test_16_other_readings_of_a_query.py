"""Threat 16, in queries: what an upstream might read as something else than was judged does not reach it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest
from gateway import Gateway, bearer, bundle_of, directory, token
from raw import RawOrigin, ask

from firstclass.compiler import ApiSettings
from firstclass.engine.cases.gateway import EngineUnderTest

CONTRACT = """
openapi: 3.1.0
info: {title: Search, version: 1.0.0}
servers: [{url: "https://search.example/"}]
components:
  securitySchemes:
    person: {type: http, scheme: bearer, x-firstclass: {issuer: partner}}
paths:
  /search:
    get:
      operationId: search
      security: [{person: []}]
      parameters:
        - name: f
          in: query
          style: deepObject
          schema:
            type: object
            properties:
              name: {type: string}
              tags: {type: array, items: {type: string}}
              o: {type: object, properties: {b: {type: integer}}}
        - name: id
          in: query
          allowEmptyValue: true
          schema: {type: string}
          x-firstclass: {object: person, owner: token.sub}
        - name: who
          in: query
          content:
            application/json:
              schema: {type: object, properties: {p: {type: string, x-firstclass: {object: person, owner: token.sub}}}}
        - {name: q, in: query, allowEmptyValue: true, schema: {type: string}}
      responses: {"200": {description: Found.}}
"""
ME = bearer(token("partner", sub="ana"))


@pytest.fixture(scope="module", params=["enforce", "observe"])
def mode(request: pytest.FixtureRequest) -> Literal["enforce", "observe"]:
    found: Literal["enforce", "observe"] = request.param
    return found


@pytest.fixture(scope="module")
def gateway(mode: Literal["enforce", "observe"]) -> Iterator[Gateway]:
    origin = RawOrigin()
    settings = ApiSettings(name="shop", contract="c.yaml", upstream=origin.url, mode=mode)
    with EngineUnderTest() as engine:
        engine.load({"shop": bundle_of(settings, CONTRACT.encode())}, directory(int(time.time() * 1000), ["search"]))
        yield Gateway(engine, origin)
    origin.close()


def reached(gateway: Gateway, query: str) -> bool:
    gateway.origin.take()
    ask(gateway.port, "GET", f"/search?{query}", [ME])
    return bool(gateway.origin.take())


@pytest.mark.parametrize(
    "query", ["f[name]=x", "f[tags]=x&f[tags]=y", "f[o][b]=1", "id=ana", "who=%7B%22p%22:%22ana%22%7D"]
)
def test_honest_queries_pass(gateway: Gateway, query: str) -> None:
    assert reached(gateway, query)


@pytest.mark.parametrize(
    "query",
    [
        "f[name][$ne]=x",
        "f[tags][$where]=x",
        "f[tags]=x&f[tags][$ne]=x",
        "f[o]=%7B%22b%22:1%7D&f[o][b]=evil",
        "f[name][x][y]=z",
    ],
)
def test_operators_in_brackets_are_no_strings(gateway: Gateway, mode: str, query: str) -> None:
    assert reached(gateway, query) == (mode == "observe"), "observation records it, as any other faulty parameter"


@pytest.mark.parametrize(
    "query",
    [
        "id=bob",
        "id=",
        "id=ana&id=bob",
        "id[]=bob",
        "ID=bob",
        "id[0]=bob",
        "id=ana&Id=bob",
        "who=" + quote('{"p":"ana","p":"bob"}'),
        "who=" + quote('{"p":"ana"}') + "&who=" + quote('{"p":"bob"}'),
        "who=" + quote("{" + "".join(f'"x{n}":1,' for n in range(30)) + '"p":"bob"}'),
        "who[p]=bob",
    ],
)
def test_nobody_elses_id_gets_through_in_any_mode(gateway: Gateway, query: str) -> None:
    assert not reached(gateway, query)


@pytest.mark.parametrize(
    ("sent", "arrived"),
    [
        ("q=a+b", "q=a%20b"),
        ("q=a%20b", "q=a%20b"),
        ("q=a%2bb", "q=a%2Bb"),
        ("q=%61%7E%c3%a9", "q=a~%C3%A9"),
        ("%71=1", "q=1"),
        ("q", "q="),
        ("q=", "q="),
        ("q==", "q=="),
        ("q=1&&", "q=1"),
        ("&q=1", "q=1"),
        ("q=a;id=bob", "q=a%3Bid=bob"),
        ("f[name]=a+b", "f[name]=a%20b"),
        ("f%5Bname%5D=1", "f%5Bname%5D=1"),
    ],
)
def test_what_was_judged_is_what_arrives(gateway: Gateway, sent: str, arrived: str) -> None:
    gateway.origin.take()
    ask(gateway.port, "GET", f"/search?{sent}", [ME])
    assert [each.target for each in gateway.origin.take()] == [f"/search?{arrived}"]


@pytest.mark.parametrize("query", ["=1", "+q=1", "q+=1", "q%00=1", "Q=1", "q[]=1"])
def test_a_name_that_is_almost_a_declared_one_is_not_it(gateway: Gateway, mode: str, query: str) -> None:
    """Where it is only observed it is forwarded, as any undeclared name."""
    assert reached(gateway, query) == (mode == "observe")
