"""Threat 17 where an issuer is asked: it vouches for refresh and ID tokens too, and neither opens an API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from raw import RawOrigin, reply

from firstclass.base.secret import Secret
from firstclass.publish.introspection import introspect

GOOD = {"active": True, "sub": "7", "client_id": "web", "scope": "read"}


def asked(said: dict[str, Any]) -> dict[str, Any]:
    """What an engine hears of a token about which the issuer says this."""
    origin = RawOrigin()
    try:
        origin.files["/introspect"] = lambda: reply(200, json.dumps(said).encode())  # type: ignore[misc]
        return introspect(f"{origin.url}/introspect", "us", Secret("s"), "opaque")
    finally:
        origin.close()


@pytest.mark.parametrize(
    "more",
    [
        {"token_type": "refresh_token"},
        {"token_type": "id_token"},
        {"token_type": "Refresh"},
        {"token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"typ": "Refresh"},
        {"typ": "Offline"},
        {"typ": "ID"},
        {"typ": "Refresh", "token_type": "Bearer"},
        {"token_use": "refresh"},
        {"token_use": "refresh_token", "token_type": "Bearer"},
        {"token_use": "id"},
        {"token_type": ["bearer", "refresh_token"]},
    ],
    ids=str,
)
def test_what_is_no_access_token_is_not_active(more: dict[str, Any]) -> None:
    assert asked({**GOOD, **more}) == {"active": False}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"token_type": "bearer"},
        {"token_type": "DPoP"},
        {"token_type": "access_token"},
        {"token_type": "N_A"},
        {"token_type": None},
        {"token_type": "urn:ietf:params:oauth:token-type:access_token"},
        {"typ": "Bearer", "token_type": "Bearer"},
        {"typ": "at+jwt"},
        {"token_use": "access"},
        {"token_use": 7},
    ],
    ids=str,
)
def test_an_access_token_is_whatever_it_is_called(more: dict[str, Any]) -> None:
    assert asked({**GOOD, **more}) == GOOD
