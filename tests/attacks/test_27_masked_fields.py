"""Threat 27: a masked value that leaves through another channel. The judge is a canary, searched in every byte."""

from __future__ import annotations

import gzip
import json
import secrets
import time
import zlib
from collections.abc import Iterator

import pytest
from gateway import Gateway, Product, key
from raw import Answered, Arrived, ask, reply, request, send

JSON = "application/json"


@pytest.fixture
def canary() -> str:
    return f"CANARY{secrets.token_hex(12)}"


def person(canary: str) -> bytes:
    """A person with the canary in every masked place, and in some that no contract names."""
    inner = {"ssn": canary, "card": canary + "99", "numbers": [canary, canary], "contacts": {"home": canary}}
    document = {"document": {"passport": canary}}
    value = {"id": 7, "name": "Ana", **inner, **document, "friend": {**inner, "friend": inner}, "SSN": canary}
    return json.dumps({**value, "debug": {"ssn": canary, "rows": [inner]}, "text": json.dumps(inner)}).encode()


def searched(gateway: Gateway, canary: str, *requests: bytes, head: bool = False) -> list[Answered]:
    """Send the requests on connections of their own; the canary is in no byte that comes back."""
    answers = []
    for each in requests:
        said = send(gateway.port, each, head=head)
        assert canary.encode() not in said.received, said.received
        assert said.answers, said.received
        answers += said.answers
    return answers


def get(target: str = "/people/7", *headers: tuple[str, str]) -> bytes:
    return request("GET", target, [key("desk"), *headers])


def test_masked_places_at_every_depth(gateway: Gateway, canary: str) -> None:
    gateway.origin.says(reply(200, person(canary)))
    (answer,) = searched(gateway, canary, get())
    assert answer.status == 200
    told = json.loads(answer.body)
    assert told["ssn"] == "***" and told["card"] == "*" * len(canary) + "99"
    assert told["friend"]["friend"]["numbers"] == ["***", "***"] and told["document"] == {"passport": "***"}
    assert set(told) <= {"id", "name", "ssn", "card", "numbers", "contacts", "friend", "document"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 599])
@pytest.mark.parametrize(
    "media", [JSON, "application/problem+json", "text/plain", "text/html", "application/octet-stream"]
)
def test_failures_of_the_origin(gateway: Gateway, canary: str, status: int, media: str) -> None:
    body = json.dumps({"trace": canary, "ssn": canary}).encode()
    gateway.origin.says(reply(status, body, media, X_Debug=canary, X_Error=canary))
    (answer,) = searched(gateway, canary, get())
    assert answer.status >= 400


@pytest.mark.parametrize("status", [201, 202, 203, 206, 207, 300, 301, 302, 303, 307, 308])
def test_statuses_that_nobody_declared(gateway: Gateway, canary: str, status: int) -> None:
    gateway.origin.says(
        reply(status, person(canary), JSON, Location=f"https://e.example/{canary}", Refresh=f"0;{canary}")
    )
    (answer,) = searched(gateway, canary, get())
    assert answer.status == 502


MEDIA = [
    "text/html",
    "text/csv",
    "application/xml",
    "application/x-ndjson",
    "application/json-seq",
    "application/protobuf",
    "application/grpc",
    "application/graphql-response+json",
    "text/event-stream",
    "application/octet-stream",
    "text/plain",
    "application/hal+json",
    "application/javascript",
    "multipart/mixed; boundary=x",
    "application/json; charset=utf-16",
    "application/json; charset=utf-7",
    "application/json, text/html",
    "",
    "json",
    "image/png",
    "application/json\x01",
]


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("accept", [None, "match"])
def test_other_media_types(gateway: Gateway, canary: str, media: str, accept: str | None) -> None:
    gateway.origin.says(reply(200, person(canary), media))
    (answer,) = searched(
        gateway, canary, get("/people/7", *([("Accept", media or "*/*")] if accept and media.isprintable() else []))
    )
    assert answer.status in (400, 406, 502)


def test_no_media_type(gateway: Gateway, canary: str) -> None:
    gateway.origin.says(reply(200, person(canary), None))
    assert searched(gateway, canary, get())[0].status == 502


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", "x", "gzip, gzip", "GZIP", ""])
@pytest.mark.parametrize("honest", [True, False], ids=["encoded", "mislabelled"])
def test_codings(gateway: Gateway, canary: str, coding: str, honest: bool) -> None:
    body = person(canary)
    encoded = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "GZIP": gzip.compress(body)}.get(
        coding, body
    )
    gateway.origin.says(reply(200, encoded if honest else body, JSON, Content_Encoding=coding))
    (answer,) = searched(gateway, canary, get("/people/7", ("Accept-Encoding", "gzip, deflate, br, zstd")))
    assert answer.status in (200, 502)
    assert not answer.values("Content-Encoding")
    if answer.status == 200:
        assert json.loads(answer.body)["ssn"] == "***"


@pytest.mark.parametrize("size", [1, 2, 3, 17])
def test_chunks_inside_the_value(gateway: Gateway, canary: str, size: int) -> None:
    body = person(canary)
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    gateway.origin.says(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    (answer,) = searched(gateway, canary, get())
    assert json.loads(answer.body)["ssn"] == "***"


def test_an_answer_in_single_bytes(gateway: Gateway, canary: str) -> None:
    def slowly(_: Arrived) -> Iterator[bytes]:
        for byte in reply(200, json.dumps({"ssn": canary}).encode()):
            yield bytes([byte])

    gateway.origin.answer = slowly
    assert searched(gateway, canary, get())[0].body == b'{"ssn":"***"}'.replace(b":", b": ")


@pytest.mark.parametrize(
    "headers",
    [
        [("Range", "bytes=100-")],
        [("Range", "bytes=0-,0-")],
        [("Range", "bytes=0-10"), ("If-Range", '"x"')],
        [("If-None-Match", '"x"')],
        [("If-Match", '"x"')],
        [("If-Modified-Since", "Mon, 05 Jan 2026 00:00:00 GMT")],
        [("Range", "bytes=" + ",".join(["0-"] * 500))],
    ],
)
def test_ranges_and_conditions(gateway: Gateway, canary: str, headers: list[tuple[str, str]]) -> None:
    body = person(canary)
    gateway.origin.says(
        reply(200, body, JSON, ETag=f'"{canary}"', Accept_Ranges="bytes", Content_Digest=f"x=:{canary}:")
    )
    (answer,) = searched(gateway, canary, get("/people/7", *headers))
    assert answer.status == 200 and not answer.values("ETag")
    (arrived,) = gateway.origin.take()
    assert not any(arrived.values(name) for name, _ in headers if name != "If-Modified-Since")
    gateway.origin.says(reply(206, body[10:200], JSON, Content_Range=f"bytes 10-199/{len(body)}"))
    assert searched(gateway, canary, get("/people/7", *headers))[0].status == 502
    gateway.origin.says(reply(206, b"--x\r\n\r\n" + body, "multipart/byteranges; boundary=x"))
    assert searched(gateway, canary, get("/people/7", *headers))[0].status == 502


def test_a_304_is_not_asked_for_and_not_passed_on(gateway: Gateway, canary: str) -> None:
    gateway.origin.says(b'HTTP/1.1 304 Not Modified\r\nETag: "' + canary.encode() + b'"\r\n\r\n')
    assert searched(gateway, canary, get("/people/7", ("If-None-Match", '"x"')))[0].status == 502


def test_the_length_is_no_oracle(gateway: Gateway, canary: str) -> None:
    lengths = set()
    for secret in ("", canary, canary * 20):
        gateway.origin.says(reply(200, json.dumps({"ssn": secret}).encode()))
        head = searched(gateway, canary, request("HEAD", "/people/7", [key("desk")]), head=True)[0]
        whole = searched(gateway, canary, get())[0]
        lengths.add((tuple(head.values("Content-Length")), len(whole.body)))
    assert len(lengths) == 1


TEXTS = {
    "a duplicate name": '{"ssn":"x","ssn":"%s"}',
    "a duplicate name, escaped": '{"ssn":"x","s\\u0073n":"%s"}',
    "an escaped name": '{"\\u0073sn":"%s"}',
    "every letter escaped": '{"\\u0073\\u0073\\u006e":"%s"}',
    "another case": '{"SSN":"%s","Ssn":"%s"}',
    "nested": '{"friend":{"friend":{"friend":{"ssn":"%s"}}}}',
    "a list for the value": '{"ssn":["%s"]}',
    "an object for the value": '{"ssn":{"%s":1}}',
    "a name that is the value": '{"%s":1}',
    "a name in a map": '{"numbers":{"%s":1}}',
    "a list for the person": '[{"ssn":"%s"}]',
    "a string for the person": '"%s"',
    "JSON in a string": '{"x":"{\\"ssn\\":\\"%s\\"}"}',
    "no branch of a choice": '{"document":{"visa":"%s"}}',
    "both branches of a choice": '{"document":{"passport":"%s","licence":"%s"}}',
    "truncated": '{"id":7,"ssn":"%s"',
    "truncated in the value": '{"id":7,"ssn":"%s',
    "going on": '{"id":7}{"ssn":"%s"}',
    "going on with text": '{"id":7} %s',
    "a comment": '{"id":7/*%s*/}',
    "JSONP": 'f({"ssn":"%s"})',
    "an alias, as GraphQL has": '{"data":{"x":"%s"}}',
    "errors, as GraphQL has": '{"errors":[{"message":"%s"}]}',
    "a prefix against hijacking": ')]}\',\n{"ssn":"%s"}',
    "a byte order mark": '\ufeff{"ssn":"%s"}',
    "not JSON": "%s",
    "lines": '{"id":7}\n{"ssn":"%s"}\n',
    "events": 'data: {"ssn":"%s"}\n\n',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize("target", ["/people/7", "/people"])
def test_bodies_that_try_to_slip_by(gateway: Gateway, canary: str, text: str, target: str) -> None:
    gateway.origin.says(reply(200, text.replace("%s", canary).encode()))
    searched(gateway, canary, get(target))


def test_a_number_where_the_masked_string_is_declared(gateway: Gateway) -> None:
    gateway.origin.says(reply(200, b'{"id":7,"ssn":756123456789}'))
    assert json.loads(searched(gateway, "756123456789", get())[0].body) == {"id": 7}


def test_headers_and_trailers(gateway: Gateway, canary: str) -> None:
    names = ("X_Debug", "Server", "X_Ssn", "Location", "Link", "Set_Cookie", "Warning", "Trailer")
    headers = dict.fromkeys(names, canary)
    gateway.origin.says(reply(200, b"{}", JSON, **headers, X_Total="1"))
    searched(gateway, canary, get())
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTrailer: X-Ssn\r\nTransfer-Encoding: chunked\r\n\r\n"
    gateway.origin.says(head + b"2\r\n{}\r\n0\r\nX-Ssn: " + canary.encode() + b"\r\n\r\n")
    searched(gateway, canary, get())
    gateway.origin.says(head + b"2;x=" + canary.encode() + b"\r\n{}\r\n0\r\n\r\n")
    searched(gateway, canary, get())
    gateway.origin.says(
        b"HTTP/1.1 200 " + canary.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    searched(gateway, canary, get())


def test_a_classified_header_that_is_no_text_is_left_out(gateway: Gateway) -> None:
    number = "4111111111111111"
    gateway.origin.says(reply(200, b"{}", JSON, X_Total="1", X_Card=number, X_Cards=f"1,{number}"))
    (answer,) = searched(gateway, number, get())
    assert answer.status == 200 and answer.values("X-Total") == ["1"]


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_answers(gateway: Gateway, canary: str, status: int) -> None:
    interim = b"HTTP/1.1 %d X\r\nLink: </%s>\r\nX-Ssn: %s\r\n\r\n" % (status, canary.encode(), canary.encode())
    gateway.origin.says(interim + reply(200, b'{"id":7}'))
    (answer,) = searched(gateway, canary, get())
    assert answer.status in (200, 502)


def test_a_body_over_its_bound(gateway: Gateway, canary: str) -> None:
    rows = json.dumps([{"id": i, "ssn": canary, "name": "x" * 500} for i in range(4000)]).encode()
    gateway.origin.says(reply(200, rows))
    assert searched(gateway, canary, get("/people"))[0].status == 502


def test_an_answer_that_breaks_off(gateway: Gateway, canary: str) -> None:
    body = person(canary)
    gateway.origin.answer = lambda _: [reply(200, body)[: -len(body) // 2], None]
    assert searched(gateway, canary, get())[0].status == 502


def test_a_switch_of_protocols(gateway: Gateway, canary: str) -> None:
    gateway.origin.says(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + canary.encode()
    )
    headers = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    searched(
        gateway,
        canary,
        get().replace(b"Connection: close", b"Connection: Upgrade\r\nUpgrade: websocket"),
        get("/people/7", *headers),
    )


def test_nothing_of_one_answer_is_kept_for_the_next(gateway: Gateway, canary: str) -> None:
    gateway.origin.says(reply(200, person(canary), JSON, Cache_Control="public, max-age=600"))
    searched(gateway, canary, get())
    gateway.origin.says(reply(200, b'{"id":8}', JSON, Cache_Control="public, max-age=600"))
    for headers in ([key("desk")], [key("other")], []):
        said = send(gateway.port, request("GET", "/people/7", headers))
        assert b"Ana" not in said.received


@pytest.mark.parametrize(
    "target", ["/people?sort=ssn", "/people?sort=-ssn", "/people?ssn=7", "/people?fields=ssn", "/people?filter=ssn"]
)
def test_sorting_and_filtering_by_it(gateway: Gateway, target: str) -> None:
    assert ask(gateway.port, "GET", target, [key("desk")]).status == 400
    assert gateway.origin.received == b""


def test_logs_store_metrics_and_explain(product: Product, canary: str) -> None:
    secret = [("X-API-Key", product.keys["desk"])]
    for answer in (reply(200, person(canary)), reply(500, canary.encode()), reply(200, b'{"ssn":"' + canary.encode())):
        product.origin.says(answer)
        said = send(product.port, request("GET", "/people/7", secret))
        assert canary.encode() not in said.received
    refused = [
        request("GET", f"/people/{canary}", secret),
        request("GET", f"/{canary}", secret),
        request("POST", "/notes", [("Content-Type", JSON)], json.dumps({"text": canary * 9, "count": canary}).encode()),
        request("GET", "/admin", [("X-API-Key", canary)]),
        request("GET", "/stock", [("Authorization", f"Bearer {canary}")]),
        request("GET", f"/api?x={canary}", [("User-Agent", "a"), ("X-Role", canary)]),
    ]
    for each in refused:
        said = send(product.port, each)
        told = said.answers[0].values("X-Request-Id")[0]
        assert canary.encode() not in said.received, said.received
    time.sleep(1.5)
    done = product.cli("explain", told, "--json")
    assert canary not in done.stdout + done.stderr
    for path in ("/metrics", "/readyz"):
        assert canary.encode() not in send(product.status_port, request("GET", path)).received
    assert product.leaks(canary) == []
