"""Threat 16: one header with two values, of which the gateway reads one and the origin the other."""

from __future__ import annotations

import pytest
from gateway import Gateway, bearer, key, token
from raw import ask


@pytest.mark.parametrize(
    "values",
    [["user", "admin"], ["admin", "user"], ["user,admin"], ["user, admin"], ["user", "user"], ["user\x00admin"]],
)
def test_a_parameter_has_one_value(gateway: Gateway, values: list[str]) -> None:
    answer = ask(gateway.port, "GET", "/api", [("X-Role", value) for value in values])
    assert answer.status == 400
    assert gateway.origin.received == b""


def test_a_parameter_under_two_names_has_the_declared_one(gateway: Gateway) -> None:
    ask(gateway.port, "GET", "/api", [("X-Role", "user"), ("X_Role", "admin"), ("x.role", "admin")])
    assert all("admin" not in value for each in gateway.origin.take() for _, value in each.headers)


@pytest.mark.parametrize(
    "make",
    [
        lambda: [bearer(token()), bearer(token())],
        lambda: [bearer(token()), ("Authorization", "Basic YTpi")],
        lambda: [("Authorization", "Basic YTpi"), bearer(token())],
        lambda: [("Authorization", f"Bearer {token()}, Bearer {token()}")],
        lambda: [("Authorization", f"Bearer {token()},")],
        lambda: [("Authorization", f"Bearer Bearer {token()}")],
    ],
)
def test_a_request_has_one_authorization(gateway: Gateway, make) -> None:
    answer = ask(gateway.port, "GET", "/stock", make())
    assert answer.status == 401 and answer.values("WWW-Authenticate")
    assert gateway.origin.received == b""


@pytest.mark.parametrize("order", [["desk", "other"], ["other", "desk"], ["desk", "desk"]])
def test_a_request_has_one_key(gateway: Gateway, order: list[str]) -> None:
    answer = ask(gateway.port, "GET", "/admin", [key(name) for name in order])
    assert answer.status == 401
    assert gateway.origin.received == b""


@pytest.mark.parametrize("name", ["X-API-Key", "x-api-key", "X%2DAPI%2DKey", "api_key", "access_token", "key"])
def test_a_key_in_the_url_opens_nothing(gateway: Gateway, name: str) -> None:
    secret = key("desk")[1]
    answer = ask(gateway.port, "GET", f"/admin?{name}={secret}")
    assert answer.status in (400, 401) and secret.encode() not in answer.body
    both = ask(gateway.port, "GET", f"/admin?{name}={secret}", [key("desk")])
    assert both.status in (400, 401) and secret.encode() not in both.body
    assert gateway.origin.received == b""
