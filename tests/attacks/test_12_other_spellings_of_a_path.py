"""Threat 12: a guarded path in another spelling. What is decided is what is forwarded, else it is refused."""

from __future__ import annotations

import pytest
from gateway import Gateway, key
from raw import ask, send

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
