"""Threat 13: names that become another header's once `_` and `.` are read as `-`; headers that `Connection` names."""

from __future__ import annotations

import pytest
from gateway import Gateway, key
from raw import ask

# What frames a message, carries a credential, or is said by the gateway itself.
COUNTS = [
    "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Expect", "Trailer", "TE",
    "Authorization", "Proxy-Authorization", "Cookie", "X-API-Key", "Firstclass-Application", "Firstclass-Subject",
    "Firstclass-Operation", "Firstclass-Request-Id", "Firstclass-Anything", "X-Request-Id", "Forwarded",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
]  # fmt: skip
UNDECLARED = [
    "X_User_Id", "X-User_Id", "x.user.id", "X-User-Id", "X_Debug", "X_Role", "X.Role", "x-role_", "Accept_Language",
    "Content_Type", "Content.Type", "User.Agent", "Idempotency_Key", "_", "_x", ".x",
]  # fmt: skip


def aliases(name: str) -> set[str]:
    """Other names that are this one, once `_` and `.` are read as `-`; at the ends, too, and doubled."""
    folded = {name.replace("-", mark) for mark in "_."} | {name.replace("-", "_", 1), name.replace("-", "__", 1)}
    return ({each.upper() for each in folded} | folded | {f"{name}_", f"_{name}", f"{name}."}) - {name, name.upper()}


def as_read(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-").strip("-")


@pytest.mark.parametrize("name", COUNTS)
def test_an_alias_of_a_header_that_counts_is_refused(gateway: Gateway, name: str) -> None:
    for alias in sorted(aliases(name)):
        answer = ask(gateway.port, "GET", "/admin", [key("desk"), (alias, "1")])
        assert (alias, answer.status, answer.reason) == (alias, 400, "bad_framing")
        assert gateway.origin.received == b""


@pytest.mark.parametrize("name", UNDECLARED)
def test_another_undeclared_name_is_dropped(gateway: Gateway, name: str) -> None:
    assert ask(gateway.port, "GET", "/api", [(name, "forged")]).status == 200
    (arrived,) = gateway.origin.take()
    assert as_read(name) not in [as_read(each) for each, _ in arrived.headers]
    assert b"forged" not in gateway.origin.received


def test_a_declared_header_arrives_under_its_own_name_alone(gateway: Gateway) -> None:
    sent = [("X-Role", "user"), ("X_Role", "admin"), ("x.role", "admin")]
    assert ask(gateway.port, "GET", "/api", sent).status == 200
    (arrived,) = gateway.origin.take()
    assert [(n, v) for n, v in arrived.headers if as_read(n) == "x-role"] == [("X-Role", "user")]


@pytest.mark.parametrize(
    "named",
    ["x-user-id", "X-Role", "Firstclass-Application", "firstclass-operation, Firstclass-Request-Id", "X-Forwarded-For",
     "Host", "X-API-Key", "Content-Length", "Content-Type", "Authorization",
     "close, Firstclass-Application, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto"],
)  # fmt: skip
def test_connection_strikes_out_nothing_of_ours(gateway: Gateway, named: str) -> None:
    sent = [key("desk"), ("Content-Type", "application/json"), ("X-User-Id", "1"), ("Connection", named)]
    assert ask(gateway.port, "POST", "/admin", sent, b"{}").status == 200
    (arrived,) = gateway.origin.take()
    assert arrived.body == b"{}" and arrived.values("Content-Type") == ["application/json"]
    assert arrived.values("Firstclass-Application") == ["desk"]
    assert arrived.values("Firstclass-Operation") == ["postAdmin"]
    assert arrived.values("X-Forwarded-For") == ["127.0.0.1"]
    assert arrived.values("X-Forwarded-Host") == ["gateway.test"] and arrived.values("X-Forwarded-Proto") == ["http"]
    assert len(arrived.values("Firstclass-Request-Id")) == len(arrived.values("Host")) == 1
    assert arrived.values("X-User-Id") == arrived.values("Connection") == []
    # Nor does it strike out what the contract declares and the caller sent.
    assert ask(gateway.port, "GET", "/api", [("X-Role", "user"), ("Connection", named)]).status == 200
    assert gateway.origin.take()[0].values("X-Role") == ["user"]
