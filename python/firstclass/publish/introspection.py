"""Ask an issuer about one opaque token (RFC 7662). The token goes nowhere else, and into no message."""

from __future__ import annotations

import base64
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote_plus, urlencode
from urllib.request import Request

from firstclass.base.secret import Secret
from firstclass.publish.bounded_opener import bounded_opener

# For a connection, and again for the whole answer, however many parts it comes in.
TIMEOUT_SECONDS = 2.5
MAX_BYTES = 64 * 1024
# What an engine decides by (RFC 7662 §2.2, and `cnf`); the rest stays away.
MEMBERS = ("active", "iss", "sub", "aud", "client_id", "scope", "exp", "nbf", "iat", "cnf")
# Where issuers say what kind of token it is, and the kinds that open no API. Keycloak's refresh tokens that outlive the
# session are `Offline`.
_KINDS = ("token_type", "typ", "token_use")
_OTHER_KINDS = frozenset({"refresh", "offline", "id"})


class AskFailed(Exception):
    """Why an issuer could not be asked, without a word of what was asked."""


_OPENER = bounded_opener()


def introspect(url: str, client_id: str, secret: Secret, token: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the issuer says about `token`: the members that an engine decides by, and those of `more`.

    A token of another kind is not active: issuers vouch for refresh and ID tokens too.

    Raises:
        AskFailed: not reachable, not 200, too large, or no JSON object.
    """
    # RFC 6749 §2.3.1: both are encoded as form fields before they are joined.
    credentials = f"{quote_plus(client_id)}:{quote_plus(secret.reveal())}".encode()
    request = Request(  # noqa: S310 - the settings allow http and https alone
        url,
        data=urlencode({"token": token, "token_type_hint": "access_token"}).encode(),
        headers={
            "Authorization": "Basic " + base64.b64encode(credentials).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            body = answer.read(MAX_BYTES + 1)
        said = json.loads(body) if len(body) <= MAX_BYTES else None
    except HTTPError as refused:
        refused.close()
        raise AskFailed(f"{url}: {refused}") from None
    except (HTTPException, URLError, OSError, ValueError, RecursionError) as problem:
        # Errors of parsing may repeat what was parsed.
        said_of_it = str(problem) if isinstance(problem, OSError) else type(problem).__name__
        raise AskFailed(f"{url}: {said_of_it}") from None
    if not isinstance(said, dict) or not isinstance(said.get("active"), bool):
        raise AskFailed(f"{url}: no answer of RFC 7662")
    if any(_is_other_kind(said.get(name)) for name in _KINDS):
        return {"active": False}
    return {name: said[name] for name in (*MEMBERS, *more) if name in said}


def _is_other_kind(value: Any) -> bool:
    """`refresh_token`, `Refresh`, or a URN of RFC 8693 that ends so. Kinds that nobody knows are access tokens."""
    if isinstance(value, list):
        return any(_is_other_kind(each) for each in value if isinstance(each, str))
    if not isinstance(value, str):
        return False
    kind = value.strip().lower().rpartition(":")[2]
    return kind.removesuffix("token").rstrip("_- ") in _OTHER_KINDS
