"""Threat 12: a guarded path in another spelling. What is decided is what is forwarded, else it is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from gateway import Gateway, key, load_contract
from raw import RawOrigin, ask, reply, send

from firstclass.engine.cases.gateway import EngineUnderTest

SPELLINGS = [
    "/api/../admin", "/api../admin", "/api%2e%2e/admin", "/api/%2e%2e/admin", "/api%2f..%2fadmin", "//admin",
    "/admin;x", "/ADMIN", "/admin/", "/admin%00", "/admin%20", "/.;/admin", "/%5cadmin", "/%252e/admin",
    "/api/..;/admin", "/./admin", "/api/%2E%2E%2Fadmin", "/%61dmin", "/a%64min", "/admin%2f", "/admin%3b",
    "/admin?", "/admin%3Fx", "/admin%23", "/%2fadmin", "/admin%09", "/admin%0a", "/admin..", "/admin.json",
    "/api/%c0%ae%c0%ae/admin", "/api/%u002e%u002e/admin", "///admin", "/%EF%BD%81dmin", "/admin%c2%a0",
    "/api?/../admin", "/admin%E2%80%8B",
]  # fmt: skip
RAW = [
    b"/\\admin",
    b"\\admin",
    b"/admin\t",
    b"/\xef\xbd\x81dmin",
    b"/admin#",
    b"/api#/../admin",
    b"admin",
    b"*",
    b"/admin\x0b",
]
ABSOLUTE = [
    "http://gateway.test/admin", "http://other.test/admin", "http://gateway.test@other.test/admin", "http:/admin",
    "https://gateway.test/admin", "ftp://gateway.test/admin", "HTTP://GATEWAY.TEST/admin", "http:///admin",
    "http://gateway.test:80/admin", "gateway.test/admin", "file:///admin",
]  # fmt: skip


@pytest.mark.parametrize("target", SPELLINGS + ABSOLUTE)
def test_no_spelling_reaches_the_guarded_path_without_a_key(gateway: Gateway, target: str) -> None:
    answer = ask(gateway.port, "GET", target)
    arrived = gateway.origin.take()
    assert [each.target.split("?")[0] for each in arrived] in ([], ["/api"])
    assert answer.status in (400, 401, 404) or arrived


@pytest.mark.parametrize("target", RAW, ids=[repr(each)[2:-1] for each in RAW])
def test_what_no_target_may_hold_is_refused(gateway: Gateway, target: bytes) -> None:
    said = send(gateway.port, b"GET " + target + b" HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n")
    assert said.statuses and said.statuses[0] in (400, 404)
    assert gateway.origin.received == b""


@pytest.mark.parametrize("target", SPELLINGS + ABSOLUTE)
def test_with_a_key_the_origin_sees_the_decided_path_in_normal_form(gateway: Gateway, target: str) -> None:
    answer = ask(gateway.port, "GET", target, [key("desk")])
    arrived = gateway.origin.take()
    assert (answer.status == 200) == bool(arrived)
    for each in arrived:
        path = each.target.split("?")[0]
        decided = {"getAdmin": "/admin", "getApi": "/api"}[each.values("Firstclass-Operation")[0]]
        assert path == decided, each


def test_another_host_than_the_absolute_target_is_refused(gateway: Gateway) -> None:
    said = send(gateway.port, b"GET http://a.test/api HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n")
    assert said.statuses == [400] and gateway.origin.received == b""


def _beside_a_template() -> bytes:
    def operation(name: str, security: list[dict[str, list[str]]], parameters: int) -> dict[str, object]:
        person = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
        return {
            "operationId": name,
            "security": security,
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}][:parameters],
            "responses": {"200": {"description": "Done.", "content": {"application/json": {"schema": person}}}},
        }

    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Users", "version": "1"},
            "paths": {
                "/users/{id}": {"get": operation("getUser", [{"app": []}], 1)},
                "/users/export": {"get": operation("exportUsers", [{"app": []}], 0)},
                "/{id}": {"get": operation("getPage", [], 1)},
                "/admin": {"get": operation("getAdmin", [{"app": []}], 0)},
            },
            "components": {"securitySchemes": {"app": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
        }
    ).encode()


@pytest.fixture(scope="module")
def users() -> Iterator[Gateway]:
    """An origin that does not tell letters apart, as Express and ASP.NET do not."""
    origin = RawOrigin()
    origin.answer = lambda request: [reply(200, json.dumps({"id": "1", "name": request.target}).encode())]
    with EngineUnderTest() as engine:
        load_contract(engine, origin, _beside_a_template(), ["getUser"])
        yield Gateway(engine, origin)
    origin.close()


@pytest.mark.parametrize(
    "spelling",
    ["EXPORT", "Export", "export.", "export%20", "export;x=1", "export%3Bx", "export.json", "%EF%BD%85xport"],
)
def test_no_spelling_of_a_path_passes_for_the_parameter_beside_it(users: Gateway, spelling: str) -> None:
    answer = ask(users.port, "GET", f"/users/{spelling}", [key("desk")])
    assert users.origin.take() == []
    assert answer.status in (400, 404)


@pytest.mark.parametrize("spelling", ["ADMIN", "admin.", "admin.json", "admin%20", "Admin;x"])
def test_no_spelling_of_a_guarded_path_passes_for_a_public_one(users: Gateway, spelling: str) -> None:
    answer = ask(users.port, "GET", f"/{spelling}")
    assert users.origin.take() == []
    assert answer.status in (400, 404)


def test_values_that_no_server_takes_for_the_literal_go_on(users: Gateway) -> None:
    for value in ("7", "exports", "export-7", "ex.port", "me.smith"):
        assert ask(users.port, "GET", f"/users/{value}", [key("desk")]).status == 200
        assert [each.values("Firstclass-Operation") for each in users.origin.take()] == [["getUser"]]
    assert ask(users.port, "GET", "/users/export", [key("desk")]).status == 403
