"""Ask an issuer about one opaque token (RFC 7662). The token goes nowhere else, and into no message."""

from __future__ import annotations

import base64
import json
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from firstclass.base.secret import Secret

TIMEOUT_SECONDS = 2.5
MAX_BYTES = 64 * 1024
# What an engine decides by (RFC 7662 §2.2, and `cnf`); the rest stays away.
MEMBERS = ("active", "iss", "sub", "aud", "client_id", "scope", "exp", "nbf", "iat", "cnf")


class AskFailed(Exception):
    """Why an issuer could not be asked, without a word of what was asked."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A redirect would carry token and secret to a destination that the operator did not name."""


def introspect(url: str, client_id: str, secret: Secret, token: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the issuer says about `token`: the members that an engine decides by, and those of `more`.

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
        with build_opener(_NoRedirect, ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as answer:
            body = answer.read(MAX_BYTES + 1)
        said = json.loads(body) if len(body) <= MAX_BYTES else None
    except (HTTPException, URLError, OSError, ValueError, RecursionError) as problem:
        # Errors of parsing may repeat what was parsed.
        said_of_it = str(problem) if isinstance(problem, OSError) else type(problem).__name__
        raise AskFailed(f"{url}: {said_of_it}") from None
    if not isinstance(said, dict) or not isinstance(said.get("active"), bool):
        raise AskFailed(f"{url}: no answer of RFC 7662")
    return {name: said[name] for name in (*MEMBERS, *more) if name in said}
