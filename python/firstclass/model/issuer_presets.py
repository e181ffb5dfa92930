"""What the access tokens of well-known providers look like, as each of them documents it: so that an operator names the
provider, and not a dozen claims. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RequiredClaim:
    """One of these claims is there and, where values are listed, has one of them."""

    claims: tuple[str, ...]
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """One provider. `keys` makes the address of its keys from the value of `iss`."""

    name: str
    keys: Callable[[str], str]
    application_claims: tuple[str, ...]
    types: tuple[str, ...]
    required_claims: tuple[RequiredClaim, ...]
    algorithms: tuple[str, ...] = ("RS256",)
    audience_claim: str = "aud"


def _below(path: str) -> Callable[[str], str]:
    return lambda issuer: issuer.rstrip("/") + path


def _entra_keys(issuer: str) -> str:
    """Both versions of a tenant's tokens (sts.windows.net and login.microsoftonline.com) are signed with these."""
    parts = urlsplit(issuer)
    tenant = parts.path.strip("/").split("/")[0]
    host = "login.microsoftonline.com" if parts.hostname == "sts.windows.net" else parts.netloc
    return f"https://{host}/{tenant}/discovery/v2.0/keys"


PRESETS = {
    preset.name: preset
    for preset in (
        # Two profiles: its own has `azp` and the type JWT, that of RFC 9068 has `client_id` and the type at+jwt. `aud`
        # is a list where the scope openid was asked for: the API, and the issuer's own userinfo.
        Preset(
            "auth0",
            _below("/.well-known/jwks.json"),
            ("azp", "client_id"),
            ("jwt", "at+jwt"),
            (RequiredClaim(("azp", "client_id")),),
        ),
        # v1.0 tokens name the application in `appid`, v2.0 ones in `azp`. An ID token for the same registration has
        # neither, and no scope; the roles of its user it may have.
        Preset(
            "entra",
            _entra_keys,
            ("azp", "appid"),
            ("jwt",),
            (RequiredClaim(("scp", "roles")), RequiredClaim(("azp", "appid"))),
        ),
        # Access tokens have no `aud` and no `typ`; the app client is in `client_id`. ID tokens have the same issuer.
        Preset(
            "cognito",
            _below("/.well-known/jwks.json"),
            ("client_id",),
            ("",),
            (RequiredClaim(("token_use",), ("access",)),),
            audience_claim="client_id",
        ),
        # The claim `typ` (not the header's) tells access tokens from ID and refresh tokens, which are JWTs as well.
        Preset(
            "keycloak",
            _below("/protocol/openid-connect/certs"),
            ("azp",),
            ("jwt", "at+jwt"),
            (RequiredClaim(("typ",), ("Bearer",)),),
            algorithms=("RS256", "PS256", "ES256", "EdDSA"),
        ),
        # `scp` is a list, `cid` the application; neither is in an ID token.
        Preset("okta", _below("/v1/keys"), ("cid",), ("", "jwt", "at+jwt"), (RequiredClaim(("cid",)),)),
    )
}
