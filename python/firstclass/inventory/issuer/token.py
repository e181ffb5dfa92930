"""A token of an issuer, looked at and not believed: no signature is checked, and no value of it is told."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from firstclass.inventory.issuer.harm import IssuerHarm
from firstclass.model.errors import Exit, FirstclassError

LONG_LIFETIME_SECONDS = 3600
MAX_BYTES = 64 * 1024
# Claims of OpenID Connect Core §5.1 (and some that providers add) that tell a person's data to every API on the way.
PERSONAL = frozenset(
    {
        *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
        *("email", "gender", "birthdate", "phone_number", "address", "unique_name", "upn", "ipaddr", "ssn", "phone"),
    }
)


def find_token_harms(token: str, issuer: str | None, now: datetime) -> list[IssuerHarm]:
    """Every harm that the token shows.

    Raises:
        FirstclassError: it is no JWT that can be read.
    """
    header, claims = read_token(token)
    return [*_header_harms(header), *_claim_harms(claims, issuer), *_lifetime_harms(claims, now)]


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS.

    Raises:
        FirstclassError: token_unreadable; the message has nothing of it.
    """
    parts = token.strip().split(".")
    if len(token) > MAX_BYTES or len(parts) not in (3, 5):
        raise _unreadable("it is no JWT (three parts between dots); an opaque token says nothing")
    if len(parts) == 5:
        raise _unreadable("it is encrypted, so that only its recipient can read it")
    header, claims = (_part(part) for part in parts[:2])
    return header, claims


def _part(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _unreadable("a part of it is not base64url of JSON") from None
    if not isinstance(value, dict):
        raise _unreadable("a part of it is no object")
    return value


def _unreadable(why: str) -> FirstclassError:
    return FirstclassError(
        "token_unreadable", f"the token cannot be read: {why}", hint="--token JWT", exit_code=Exit.USAGE
    )


def _header_harms(header: dict[str, Any]) -> Iterator[IssuerHarm]:
    algorithm = str(header.get("alg", ""))
    if algorithm.lower() in ("", "none"):
        yield IssuerHarm(
            "alg_none", "the token is not signed: anybody can write one", "sign with ES256 or PS256", "alg"
        )
    elif algorithm.startswith("HS"):
        message = f"the token is signed with {algorithm}: every API that can verify it can also make one"
        yield IssuerHarm("symmetric_algorithm", message, "sign with ES256, PS256 or EdDSA", "alg")
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.lower() not in ("at+jwt", "application/at+jwt"):
        message = "the token does not say that it is an access token (typ): an id token would do as well"
        yield IssuerHarm("no_typ", message, "set typ to at+jwt (RFC 9068 §2.1)", "typ")
    for member in ("jku", "x5u", "jwk"):
        if member in header:
            message = f"the token names its own key ({member}): a careless verifier takes the attacker's"
            yield IssuerHarm("key_in_token", message, "name keys by kid alone, published at jwks_uri", member)


def _claim_harms(claims: dict[str, Any], issuer: str | None) -> Iterator[IssuerHarm]:
    audience = claims.get("aud")
    if not audience:
        message = "the token has no audience: each API that gets it can use it at all others"
        yield IssuerHarm(
            "no_audience", message, "issue tokens for one API each: aud, asked for by resource (RFC 8707)", "aud"
        )
    elif isinstance(audience, list) and len(audience) > 1:
        message = f"the token is for {len(audience)} audiences: each of them can use it at the others"
        yield IssuerHarm("several_audiences", message, "issue tokens for one API each (RFC 8707)", "aud")
    if not isinstance(claims.get("cnf"), dict):
        message = "the token is bound to nobody (no cnf): a stolen one works for the thief"
        yield IssuerHarm("no_cnf", message, "bind tokens by DPoP (RFC 9449) or mutual TLS (RFC 8705)", "cnf")
    if issuer is not None and claims.get("iss") != issuer:
        message = "iss of the token is not the issuer that was named: it would be refused, or is another's"
        yield IssuerHarm("foreign_token", message, "let iss be exactly the issuer's identifier", "iss")
    if "@" in str(claims.get("sub", "")):
        message = "the subject is an e-mail address: every API learns it, and it changes with the person's mail"
        yield IssuerHarm("personal_data", message, "let sub be an opaque id that stays", "sub")
    if personal := sorted(PERSONAL & claims.keys()):
        message = f"the token carries personal data ({', '.join(personal)}) to every API, proxy and log on its way"
        yield IssuerHarm("personal_data", message, "keep it to the id token and the userinfo endpoint", personal[0])


def _lifetime_harms(claims: dict[str, Any], now: datetime) -> Iterator[IssuerHarm]:
    expires, issued = _number(claims.get("exp")), _number(claims.get("iat"))
    if expires is None:
        yield IssuerHarm("no_expiry", "the token never ends: a stolen one works for ever", "set exp", "exp")
        return
    lifetime = expires - (issued if issued is not None else now.timestamp())
    if lifetime > LONG_LIFETIME_SECONDS:
        message = f"the token lives {_spoken(lifetime)}: a stolen one works as long, whatever is revoked meanwhile"
        yield IssuerHarm("long_lifetime", message, "let access tokens live 5 minutes, and refresh them", "exp")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _spoken(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} hours"
