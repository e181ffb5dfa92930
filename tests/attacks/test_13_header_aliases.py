"""Threat 13: names that become another header's once `_` and `.` are read as `-`; headers that `Connection` names."""

from __future__ import annotations

import pytest
from gateway import Gateway, key
from raw import ask

ALIASES = [
    "Firstclass_Subject", "Firstclass.Subject", "firstclass_application", "Firstclass-Request_Id", "X_Forwarded_For",
    "X-Forwarded_For", "X.Forwarded.Proto", "Content_Length", "Transfer_Encoding", "X_API_Key", "X.API.Key",
    "Firstclass__Subject", "_Firstclass-Subject", "Host_",
]  # fmt: skip


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_of_a_header_that_counts_is_refused(gateway: Gateway, name: str) -> None:
    answer = ask(gateway.port, "GET", "/admin", [key("desk"), (name, "1")])
    assert answer.status == 400
    assert gateway.origin.received == b""


@pytest.mark.parametrize("name", ["X_User_Id", "X-User_Id", "x.user.id", "X_Debug"])
def test_another_undeclared_name_is_dropped(gateway: Gateway, name: str) -> None:
    assert ask(gateway.port, "GET", "/api", [(name, "1")]).status in (200, 400)
    for arrived in gateway.origin.take():
        folded = [each.lower().replace("_", "-").replace(".", "-") for each, _ in arrived.headers]
        assert name.lower().replace("_", "-").replace(".", "-") not in folded


@pytest.mark.parametrize(
    "named",
    ["Firstclass-Application", "firstclass-operation, Firstclass-Request-Id", "X-Forwarded-For", "Host", "X-API-Key",
     "Content-Length", "close, Firstclass-Application, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto"],
)  # fmt: skip
def test_connection_strikes_out_nothing_of_ours(gateway: Gateway, named: str) -> None:
    answer = ask(gateway.port, "GET", "/admin", [key("desk"), ("Connection", named)])
    arrived = gateway.origin.take()
    assert answer.status in (200, 400)
    assert len(arrived) == (answer.status == 200)
    for each in arrived:
        assert each.values("Firstclass-Application") == ["desk"]
        assert each.values("Firstclass-Operation") == ["getAdmin"]
        assert each.values("X-Forwarded-For") == ["127.0.0.1"]
        assert len(each.values("Firstclass-Request-Id")) == len(each.values("Host")) == 1
