"""Threat 16, in names: frameworks merge path, query, form and JSON into one set of parameters, fold how names are
written, and take the method from a parameter. Only what an owner was judged by reaches the origin."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from gateway import Gateway, bearer, directory, key, token
from raw import RawOrigin, ask

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest

CONTRACT = """
openapi: 3.1.0
info: {title: Merged, version: "1"}
servers: [{url: "https://merged.example/"}]
security: [{person: [], apiKey: []}]
x-firstclass: {mode: MODE}
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-API-Key}
    person: {type: http, scheme: bearer, x-firstclass: {issuer: people}}
  schemas:
    Own: {type: string, x-firstclass: {owner: token.sub}}
paths:
  /users/{userId}:
    parameters: [{name: userId, in: path, required: true, schema: {type: string}, x-firstclass: {owner: token.sub}}]
    get: {operationId: getUser, responses: {"204": {description: Done.}}}
  /cookie:
    get:
      operationId: cookie
      parameters:
        - {name: user_id, in: cookie, required: true, schema: {type: string}, x-firstclass: {owner: token.sub}}
      responses: {"204": {description: Done.}}
  /header:
    get:
      operationId: header
      parameters:
        - {name: User-Id, in: header, required: true, schema: {type: string}, x-firstclass: {owner: token.sub}}
      responses: {"204": {description: Done.}}
  /accounts:
    parameters: [{name: user_id, in: query, required: true, schema: {type: string}, x-firstclass: {owner: token.sub}}]
    get: {operationId: getAccounts, responses: {"204": {description: Done.}}}
    post:
      operationId: postAccounts
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {note: {type: string}, user: {type: string}}}}
          multipart/form-data: {schema: {type: object, properties: {note: {type: string}}}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {note: {type: string}}}}
      responses: {"204": {description: Done.}}
    put: {operationId: putAccounts, responses: {"204": {description: Done.}}}
  /open:
    post:
      operationId: open
      parameters: [{name: user_id, in: query, required: true, schema: {type: string}, x-firstclass: {owner: token.sub}}]
      requestBody:
        content:
          application/json: {schema: {type: object, additionalProperties: true, properties: {userId: {type: string}}}}
          application/x-www-form-urlencoded:
            schema: {type: object, additionalProperties: {type: string}, properties: {note: {type: string}}}
      responses: {"204": {description: Done.}}
  /method:
    post:
      operationId: method
      security: [{apiKey: []}]
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {method: {type: string}}}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {note: {type: string}}}}
      responses: {"204": {description: Done.}}
    delete: {operationId: delete, security: [{apiKey: []}], responses: {"204": {description: Done.}}}
  /declared:
    post:
      operationId: declared
      security: [{apiKey: []}]
      parameters: [{name: _method, in: query, schema: {type: string}}]
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object, properties: {_method: {type: string}}}}
      responses: {"204": {description: Done.}}
  /free:
    post:
      operationId: free
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: true
              properties:
                ownerId: {$ref: "#/components/schemas/Own"}
                label: {type: string}
                below:
                  type: object
                  properties: {uid: {$ref: "#/components/schemas/Own"}}
                  patternProperties: {".": {}}
                list:
                  type: array
                  items:
                    allOf:
                      - {type: object, properties: {uid: {$ref: "#/components/schemas/Own"}}}
                      - {type: object, additionalProperties: {type: string}}
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [ownerId]
              additionalProperties: {type: string}
              properties: {ownerId: {$ref: "#/components/schemas/Own"}, note: {type: string}}
      responses: {"204": {description: Done.}}
  /forms:
    post:
      operationId: forms
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {note: {type: string}, owner_id: {$ref: "#/components/schemas/Own"}}}
      responses: {"204": {description: Done.}}
  /deep:
    get:
      operationId: deep
      parameters:
        - name: f
          in: query
          style: deepObject
          schema:
            type: object
            properties: {uid: {$ref: "#/components/schemas/Own"}}
            additionalProperties: {type: string}
      responses: {"204": {description: Done.}}
  /exploded:
    get:
      operationId: exploded
      parameters:
        - name: f
          in: query
          schema:
            type: object
            properties: {uid: {$ref: "#/components/schemas/Own"}}
            additionalProperties: {type: string}
      responses: {"204": {description: Done.}}
"""
OPERATIONS = [
    *("getUser", "cookie", "header", "getAccounts", "postAccounts", "putAccounts", "open", "method", "declared"),
    *("free", "forms", "deep", "exploded"),
]
ME = bearer(token("people", sub="1"))
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"
SPELLINGS = [
    *("user_id", "userId", "USERID", "user-id", "user id", " user_id", "user_id ", "\ufeffuser_id", "\xa0user_id"),
    *("\x00user_id", "\nuser_id", "user_id\x00x", "[user_id]", "user_id[]", "user_id[0]", "user_id.x", "user.id"),
    *("user[id]", "user[id", "filter[user_id]", "filter[userId][eq]", "amp;user_id", "user_id&user_id", "u\u017fer_id"),
]
OVERRIDES = ["_method", "_METHOD", " _method", ".method", "_method[]", "X-HTTP-Method-Override", "_HttpMethod"]


@pytest.fixture(scope="module", params=["enforce", "observe"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def gateway(mode: str) -> Iterator[Gateway]:
    origin = RawOrigin()
    contract = CONTRACT.replace("MODE", mode).encode()
    settings = ApiSettings(name="shop", contract="c.yaml", upstream=origin.url)
    compiled = compile_api(settings, {"c.yaml": contract}.__getitem__)
    assert compiled.document is not None and not compiled.errors, compiled.errors
    # `delete` is not among what this application may call.
    changes: list[dict[str, Any]] = directory(int(time.time() * 1000), OPERATIONS)
    with EngineUnderTest() as engine:
        engine.load({"shop": encode(compiled.document).decode()}, changes)
        yield Gateway(engine, origin)
    origin.close()


def reached(
    gateway: Gateway,
    method: str,
    target: str,
    media: str | None = None,
    body: bytes | None = None,
    *more: tuple[str, str],
) -> bool:
    headers = [key("desk"), ME, *more]
    if media is not None:
        headers.append(("Content-Type", media))
    gateway.origin.take()
    answer = ask(gateway.port, method, target, headers, body)
    arrived = bool(gateway.origin.take())
    assert arrived or 400 <= answer.status < 500, answer.status
    return arrived


def part(name: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n2\r\n--b--\r\n'.encode()


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_of_an_owned_name_stands_beside_it(gateway: Gateway, name: str) -> None:
    spelt = quote(name, safe="[]")
    cookie, header = ("Cookie", "user_id=1"), ("User-Id", "1")
    assert not reached(gateway, "GET", f"/users/1?{spelt}=2")
    assert not reached(gateway, "GET", f"/cookie?{spelt}=2", None, None, cookie)
    assert not reached(gateway, "GET", f"/header?{spelt}=2", None, None, header)
    assert not reached(gateway, "GET", f"/accounts?user_id=1&{spelt}=2")
    for method, target in [("POST", "/accounts"), ("PUT", "/accounts"), ("GET", "/accounts"), ("POST", "/open")]:
        assert not reached(gateway, method, f"{target}?user_id=1", FORM, f"note=x&{spelt}=2".encode()), method
    if name.isprintable():
        assert not reached(gateway, "POST", "/accounts?user_id=1", MULTIPART, part(name))


@pytest.mark.parametrize(
    "name", ["user_id", "userId", "USER_ID", "user-id", "\ufeffuser_id", "user_id[]", "\x00user_id"]
)
@pytest.mark.parametrize("target", ["POST /accounts", "PUT /accounts", "GET /accounts"])
def test_no_member_of_json_stands_for_an_owned_parameter(gateway: Gateway, name: str, target: str) -> None:
    method, path = target.split(" ")
    assert not reached(gateway, method, f"{path}?user_id=1", JSON, json.dumps({name: "2"}).encode())
    assert not reached(
        gateway, method, f"{path}?user_id=1", "application/vnd.api+json", json.dumps({name: "2"}).encode()
    )
    many = {f"x{number}": 1 for number in range(40)} | {name: "2"}
    assert not reached(gateway, method, f"{path}?user_id=1", JSON, json.dumps(many).encode())


def test_a_body_that_is_open_takes_no_shadow_of_a_parameter_but_what_it_declares(gateway: Gateway) -> None:
    assert not reached(gateway, "POST", "/open?user_id=1", JSON, b'{"user_id":"2"}')
    assert not reached(gateway, "POST", "/open?user_id=1", JSON, b'{"USERID":"2"}')
    assert reached(gateway, "POST", "/open?user_id=1", JSON, b'{"userId":"2","more":["user_id"]}')
    assert reached(gateway, "POST", "/open?user_id=1", FORM, b"note=x&more=user_id")


def test_a_body_that_cannot_be_read_is_no_way_round(gateway: Gateway) -> None:
    target = "/accounts?user_id=1"
    for media, body in [
        (JSON, b'{"a":1,"a":2,"user_id":"2"}'),
        (JSON, b'{"user_id":"2"'),
        (JSON, b"\xef\xbb\xbf" + b'{"user_id":"2"}'),
        (JSON + "; charset=utf-16", '{"user_id":"2"}'.encode("utf-16-le")),
        (FORM, b"a=%zz&user_id=2"),
        (FORM, b"a=1;user_id=2"),
        (FORM, b"&".join([b"a=1"] * 2000) + b"&user_id=2"),
        (FORM + ", text/plain", b"user_id=2"),
        (MULTIPART, b"preamble\r\n" + part("user_id")),
        ("multipart/form-data; boundary=b; charset=x", part("user_id")),
        (JSON, b'{"x":"' + b"x" * (1 << 21) + b'","user_id":"2"}'),
    ]:
        for method in ("POST", "PUT"):
            assert not reached(gateway, method, target, media, body), (method, media, body[:40])
    packed = gzip.compress(b'{"user_id":"2"}')
    assert not reached(gateway, "POST", target, JSON, packed, ("Content-Encoding", "gzip"))
    assert not reached(gateway, "POST", target, None, b"user_id=2")


@pytest.mark.parametrize("name", OVERRIDES)
def test_the_method_is_the_one_that_was_granted(gateway: Gateway, name: str) -> None:
    assert not reached(gateway, "DELETE", "/method")
    spelt = quote(name, safe="[]")
    assert not reached(gateway, "POST", f"/method?{spelt}=DELETE")
    for media in (FORM, None, FORM + "; charset=latin1", "APPLICATION/X-WWW-FORM-URLENCODED"):
        assert not reached(gateway, "POST", "/method", media, f"note=x&{spelt}=DELETE".encode()), media
    assert not reached(gateway, "POST", "/method", FORM, f"note=x;{spelt}=DELETE".encode())
    assert not reached(gateway, "POST", "/method", FORM, f"note=M%FCller&{spelt}=DELETE".encode())
    assert not reached(gateway, "POST", "/method", MULTIPART, part(name))
    assert not reached(gateway, "POST", "/method", JSON, json.dumps({name: "DELETE"}).encode())
    assert not reached(gateway, "POST", "/users/1", FORM, f"{spelt}=DELETE".encode())
    assert not reached(gateway, "POST", "/open?user_id=1", JSON, json.dumps({name: "DELETE"}).encode())


@pytest.mark.parametrize("media", [MULTIPART, JSON])
def test_a_body_that_is_too_large_to_be_held_names_no_other_method(gateway: Gateway, media: str) -> None:
    """It is ended before it is whole, so that no server acts on it."""
    fill = b"x" * (1 << 20)
    named = part("a").removesuffix(b"--\r\n").replace(b"2", fill) + part("_method")[3:]
    named = named if media == MULTIPART else b'{"a":"' + fill + b'","_method":"DELETE"}'
    assert not reached(gateway, "POST", "/method", media, named)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(named), named)
    assert not reached(gateway, "POST", "/method", media, chunks, ("Transfer-Encoding", "chunked"))
    short = part("_method") if media == MULTIPART else b'{"_method":"DELETE"}'
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(short), short)
    assert not reached(gateway, "POST", "/method", media, chunks, ("Transfer-Encoding", "chunked"))


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_that_names_another_method_does_not_arrive(gateway: Gateway, name: str) -> None:
    gateway.origin.take()
    ask(gateway.port, "POST", "/method", [key("desk"), (name, "DELETE")])
    (arrived,) = gateway.origin.take()
    assert arrived.method == "POST" and not arrived.values(name)


def test_a_parameter_that_is_declared_is_the_contracts_own_business(gateway: Gateway) -> None:
    assert reached(gateway, "POST", "/declared?_method=x")
    assert reached(gateway, "POST", "/declared", FORM, b"_method=x")
    assert reached(gateway, "POST", "/method", JSON, b'{"method":"card"}')
    assert reached(gateway, "POST", "/accounts?user_id=1", JSON, b'{"note":"user_id","user":"2"}')


def test_a_semicolon_divides_nothing_where_there_is_an_owner(gateway: Gateway) -> None:
    for body in [b"owner_id=1&note=x;owner_id=2", b"note=x;owner_id=2&owner_id=1", b"owner_id=1&note=;"]:
        assert not reached(gateway, "POST", "/forms", FORM, body)
    assert not reached(gateway, "POST", "/accounts?user_id=1", FORM, b"note=x;user_id=2")
    assert reached(gateway, "POST", "/forms", FORM, b"owner_id=1&note=x%3Bowner_id=2")
    assert reached(gateway, "POST", "/method", FORM, b"note=x;y")


@pytest.mark.parametrize("name", ["OWNERID", "owner_id", "ownerId ", "ownerId\x00", "owner\u0130d", "\ufeffownerId"])
def test_no_other_name_is_read_as_an_owned_sibling(gateway: Gateway, name: str) -> None:
    short = name.replace("owner", "u").replace("OWNER", "U").replace("_", "")
    for body in [
        {"ownerId": "1", name: "2"},
        {name: "2"},
        {"below": {"uid": "1", short: "2"}},
        {"list": [{"uid": "1", short: "2"}]},
    ]:
        assert not reached(gateway, "POST", "/free", JSON, json.dumps(body).encode()), body
        assert not reached(gateway, "POST", "/free", JSON, json.dumps(body, ensure_ascii=False).encode()), body
    spelt = quote(name)
    assert not reached(gateway, "POST", "/free", FORM, f"ownerId=1&{spelt}=2".encode())
    assert not reached(gateway, "GET", f"/deep?f[uid]=1&f[{quote(short)}]=2")
    assert not reached(gateway, "GET", f"/exploded?uid=1&{quote(short)}=2")


def test_brackets_and_dots_lead_to_no_owned_sibling(gateway: Gateway) -> None:
    for name in ["ownerId%5B%5D", "ownerId[0]", "ownerId.x", "a[ownerId]", "[ownerId]"]:
        assert not reached(gateway, "POST", "/free", FORM, f"ownerId=1&{name}=2".encode())
    for name in ["uid[]", "uid%5B%5D", "uid[0]", "uid.x", "F[uid]"]:
        assert not reached(gateway, "GET", f"/exploded?uid=1&{name}=2")
        assert not reached(gateway, "GET", f"/deep?f[uid]=1&f[{name}]=2") or name == "uid.x"
    assert not reached(gateway, "GET", "/deep?f[uid]=1&f[uid][]=2")


def test_what_only_resembles_an_owned_sibling_passes(gateway: Gateway) -> None:
    assert reached(gateway, "POST", "/free", JSON, b'{"ownerId":"1","owner":"2","x.ownerId":"3","more":["ownerId"]}')
    assert reached(
        gateway, "POST", "/free", JSON, b'{"ownerId":"1","below":{"uid":"1","uids":[2]},"list":[{"uid":"1","x":"2"}]}'
    )
    assert reached(gateway, "POST", "/free", FORM, b"ownerId=1&owners=2&note=ownerId")
    assert reached(gateway, "GET", "/deep?f[uid]=1&f[x]=2")
    assert reached(gateway, "GET", "/exploded?uid=1&x=2")


def test_what_is_only_observed_still_passes(gateway: Gateway, mode: str) -> None:
    observed = mode == "observe"
    assert reached(gateway, "GET", "/accounts?user_id=1&order=2&filter[name]=x") == observed
    assert reached(gateway, "GET", "/users/1") and reached(gateway, "GET", "/accounts?user_id=1")
    large = b"x" * (3 << 19)
    for method, target, media, body in [
        ("PUT", "/accounts?user_id=1", JSON, b'{"note":{"user_id":"2"},"users":[1]}'),
        ("PUT", "/accounts?user_id=1", FORM, b"note=x&users=1"),
        ("PUT", "/accounts?user_id=1", MULTIPART, part("note")),
        ("PUT", "/accounts?user_id=1", "text/plain", b"user_id=2"),
        ("POST", "/method", JSON, b'{"shoe":1,"shoe":2}'),
        ("POST", "/method", MULTIPART, part("file").replace(b"2", large)),
        ("POST", "/method", "application/octet-stream", large),
        ("POST", "/method", JSON, b'{"x":"' + large + b'"}'),
    ]:
        assert reached(gateway, method, target, media, body) == observed, (method, target, media)
