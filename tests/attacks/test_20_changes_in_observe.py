"""Threat 20, from the other side: what observe changes for callers all the same is told before the first call. Each
line of `init` and `check`, which is a row of the guide, is held to what origin and caller really get."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gateway import directory
from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.publish.observed_anyway import find_changes

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "observe-to-enforce.md"
CONTRACT = """
openapi: 3.1.0
info: {title: Boats, version: 1.0.0}
servers: [{url: "https://boats.example/"}]
x-firstclass: {mode: observe}
security: []
paths:
  /boats:
    get:
      operationId: listBoats
      responses:
        "200":
          description: ""
          content:
            application/json: {schema: {type: object, properties: {name: {type: string}, length: {type: number}}}}
            text/csv: {schema: {type: string}}
"""
CLASSIFIED = "x-data-classification: {category: identity, sensitivity: confidential, masking: {strategy: full}}"
OURS = {"firstclass-operation", "firstclass-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}


class Gate:
    """One engine before one origin; what an answer or a call becomes."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self.engine, self.origin = engine, RawOrigin()
        self.load(CONTRACT)

    def load(self, contract: str) -> None:
        """Put a contract into effect."""
        settings = ApiSettings(name="boats", contract="c.yaml", upstream=self.origin.url)
        compiled = compile_api(settings, {"c.yaml": contract.encode()}.__getitem__)
        assert compiled.document is not None and not compiled.errors
        self.document = compiled.document
        self.engine.load({"boats": encode(compiled.document).decode()}, directory(int(time.time() * 1000), []))

    def becomes(self, answer: bytes) -> tuple[int, set[str], bytes]:
        """Status, names of headers and body of what a caller gets of an answer."""
        self.origin.says(answer)
        got = ask(self.engine.port, "GET", "/boats")
        return got.status, {name.lower() for name, _ in got.headers}, got.body


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with EngineUnderTest() as engine:
        gate = Gate(engine)
        yield gate
        gate.origin.close()


@pytest.fixture(autouse=True)
def _as_written(gate: Gate) -> None:
    if "mask" in str(gate.document["schemas"]):
        gate.load(CONTRACT)


def paths_and_methods(gate: Gate) -> None:
    for method, path, status in (("GET", "/boats/", 404), ("GET", "/cars", 404), ("OPTIONS", "/boats", 405)):
        assert ask(gate.engine.port, method, path).status == status
    assert ask(gate.engine.port, "HEAD", "/boats").status == 200


def headers_of_requests(gate: Gate) -> None:
    passing = ["Accept-Language", "User-Agent", "Idempotency-Key", "Prefer", "traceparent", "tracestate"]
    values = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Prefer": "return=minimal"}
    lost = ["X-Tenant", "X-Correlation-Id", "Referer", "Range", "If-None-Match", "Accept-Encoding", "Cookie"]
    lost += ["Authorization", "X-API-Key"]
    sent = [(name, values.get(name, "a=1")) for name in (*passing, *lost)]
    gate.origin.take()
    assert gate.origin.says(reply()) is None and ask(gate.engine.port, "GET", "/boats", sent).status == 200
    (arrived,) = gate.origin.take()
    got = {name.lower() for name, _ in arrived.headers}
    assert got - OURS - {"host", "accept"} == {name.lower() for name in passing}


def headers_of_answers(gate: Gate) -> None:
    more = ["Link", "X-Total-Count", "ETag", "Set-Cookie", "Access-Control-Allow-Origin"]
    status, names, _ = gate.becomes(reply(200, b"{}", **{name.replace("-", "_"): "a=1" for name in more}))
    assert status == 200 and not names & {name.lower() for name in more}


def properties(gate: Gate) -> None:
    assert gate.becomes(reply(200, b'{"name":"a","nickname":"b"}'))[2] == b'{"name":"a"}'


def successes(gate: Gate) -> None:
    said = b'{"name":"a","nickname":"b"}'
    for keeps in (True, False):
        for status in (201, 202):
            got = gate.becomes(reply(status, said, Location="/boats/1", Link="x"))
            assert got[0] == status and ("location" in got[1]) == keeps and "link" not in got[1]
        got = gate.becomes(reply(302, b"", Location="/boats/1"))
        assert got[0] == 302 and ("location" in got[1]) == keeps
        told = next(each.becomes for each in find_changes(gate.document) if each.of == "undeclared 2XX and 3XX")
        assert told.endswith("keep Location" if keeps else "lose Location, for the contract classifies fields")
        gate.load(CONTRACT.replace("name: {type: string}", f"name: {{type: string, {CLASSIFIED}}}"))


def failures(gate: Gate) -> None:
    for status in (404, 500):
        got = gate.becomes(reply(status, b'{"why":"secret"}'))
        assert got[0] == status and b"secret" not in got[2] and b"upstream_error" in got[2]


def media_types(gate: Gate) -> None:
    for media in ("text/html", "text/json", "application/hal+json", None):
        assert gate.becomes(reply(200, b"{}", media))[0] == 502, media


def declared_json(gate: Gate) -> None:
    most = 1 << 20
    for body in (b'{"length":NaN}', b'{"name":"a","name":"b"}', b"\xef\xbb\xbf{}", b'{"name":{}}', b" " * most + b"{}"):
        assert gate.becomes(reply(200, body))[0] == 502, body[:40]
    assert gate.becomes(reply(200, b"{}" + b" " * (most - 2)))[0] == 200
    assert gate.becomes(reply(200, b"{}", Content_Encoding="gzip"))[0] == 502
    assert gate.becomes(reply(200, b"{}", "application/json; charset=iso-8859-1"))[0] == 502
    assert gate.becomes(reply(200, b'{"length":"wrong"}'))[0] == 200, "a scalar of the wrong type is only noted"
    status, _, body = gate.becomes(reply(200, b"x" * (2 * most), "text/csv"))
    assert status == 200 and len(body) == 2 * most


CHECKS: dict[str, Callable[[Gate], None]] = {
    "undeclared paths and methods": paths_and_methods,
    "undeclared headers and cookies of requests": headers_of_requests,
    "undeclared headers of answers": headers_of_answers,
    "undeclared properties of answers": properties,
    "undeclared 2XX and 3XX": successes,
    "undeclared 4XX and 5XX": failures,
    "successes without a declared media type": media_types,
    "successes of declared JSON": declared_json,
}


def test_the_guide_the_commands_and_this_file_speak_of_the_same(gate: Gate) -> None:
    section = GUIDE.read_text().partition("### What changes even in observe")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z][^|]*) \|", section, re.MULTILINE)[1:]
    assert rows == [change.of for change in find_changes(gate.document)] == list(CHECKS)


@pytest.mark.parametrize("of", CHECKS)
def test_what_is_told_is_what_happens(gate: Gate, of: str) -> None:
    CHECKS[of](gate)
