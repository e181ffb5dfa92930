"""Threat 14: identity headers that a client sends, also where the gateway has no value of its own for them."""

from __future__ import annotations

import pytest
from gateway import Gateway, bearer, key, token
from raw import ask

OURS = ["Firstclass-Application", "Firstclass-Subject", "Firstclass-Operation", "Firstclass-Request-Id"]
FORGED = [(name, "forged") for name in OURS] + [(name.upper(), "forged") for name in OURS]
FUTURE = [("Firstclass-Certificate", "forged"), ("Firstclass-Tenant", "forged"), ("Firstclass-", "forged")]


@pytest.mark.parametrize(
    ("target", "credentials", "application", "subject"),
    [
        # Tokens are made when the test begins: it may be minutes after it was collected.
        ("/api", lambda: [], [], []),
        ("/api", lambda: [key("desk")], None, []),
        ("/admin", lambda: [key("desk")], ["desk"], []),
        ("/stock", lambda: [bearer(token(sub="7"))], ["desk"], None),
        ("/people/7/orders", lambda: [key("desk"), bearer(token("people", sub="7"))], ["desk"], ["7"]),
    ],
    ids=["nobody", "a key nobody asked for", "key", "token", "both"],
)
def test_identity_is_said_by_the_gateway_alone(gateway: Gateway, target, credentials, application, subject) -> None:
    assert ask(gateway.port, "GET", target, [*credentials(), *FORGED, *FUTURE]).status == 200
    (arrived,) = gateway.origin.take()
    assert not [value for _, value in arrived.headers if "forged" in value]
    if application is not None:
        assert arrived.values("Firstclass-Application") == application
    if subject is not None:
        assert arrived.values("Firstclass-Subject") == subject
    assert len(arrived.values("Firstclass-Operation")) == len(arrived.values("Firstclass-Request-Id")) == 1


def test_a_credential_never_reaches_the_origin(gateway: Gateway) -> None:
    credentials = [key("desk"), bearer(token("people", sub="7"))]
    assert ask(gateway.port, "GET", "/people/7/orders", credentials).status == 200
    (arrived,) = gateway.origin.take()
    for name, value in credentials:
        assert arrived.values(name) == []
        assert value.encode() not in gateway.origin.received


def test_a_subject_cannot_end_its_header(gateway: Gateway) -> None:
    text = token("people", sub="7\r\nFirstclass-Application: root")
    answer = ask(gateway.port, "GET", "/people/7/orders", [key("desk"), bearer(text)])
    assert answer.status in (401, 404)
    assert gateway.origin.take() == []


@pytest.mark.parametrize(
    "subject", [" 7", "7 ", "\t7", "7\u00a0", "\u20037", "7\u0085", "admin\u200b", "\ufeffadmin", "a\u202eb"]
)
def test_a_subject_reads_the_same_before_and_after_its_header(gateway: Gateway, subject: str) -> None:
    """What stands around a header's value is stripped on the way, and what nobody sees is taken for nothing."""
    answer = ask(gateway.port, "GET", "/stock", [bearer(token(sub=subject))])
    assert (answer.status, answer.reason) == (401, "credential_invalid")
    assert gateway.origin.take() == []


@pytest.mark.parametrize("subject", ["Ana Maria", "auth0|5f7", "1,2", "é", "李"])
def test_an_ordinary_subject_arrives_byte_for_byte(gateway: Gateway, subject: str) -> None:
    gateway.origin.take()
    assert ask(gateway.port, "GET", "/stock", [bearer(token(sub=subject))]).status == 200
    assert f"\r\nFirstclass-Subject: {subject}\r\n".encode() in gateway.origin.received
