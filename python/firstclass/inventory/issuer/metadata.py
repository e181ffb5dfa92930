"""The metadata of an authorization server (RFC 8414, OpenID Connect Discovery) against the current best practice (RFC
9700, FAPI 2.0 Security Profile). What a member's absence means is as these documents say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from firstclass.inventory.issuer.harm import IssuerHarm

Metadata = dict[str, Any]
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECRETS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
_SIGNED = "_signing_alg_values_supported"
# RFC 8414 §2: what holds where the member is absent.
_DEFAULTS = {
    "grant_types_supported": ["authorization_code", "implicit"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
}


def find_harms(metadata: Metadata) -> list[IssuerHarm]:
    """Every harm that the metadata shows, the gravest first."""
    return [harm for rule in _RULES for harm in rule(metadata)]


def find_mismatch(metadata: Metadata, named: str) -> list[IssuerHarm]:
    """RFC 8414 §3.3: metadata of another issuer than the one that was asked is not to be believed."""
    if metadata.get("issuer") in (named, named.rstrip("/"), f"{named.rstrip('/')}/") or "/.well-known/" in named:
        return []
    message = "the metadata names another issuer than the one that was asked for it"
    return [IssuerHarm("issuer_mismatch", message, "let issuer be exactly the URL that clients are given", "issuer")]


def _words(metadata: Metadata, member: str) -> list[str]:
    value = metadata.get(member, _DEFAULTS.get(member, []))
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _endpoints(metadata: Metadata) -> Iterator[IssuerHarm]:
    for member, value in metadata.items():
        if not isinstance(value, str) or not (member == "issuer" or member.endswith(("_endpoint", "_uri"))):
            continue
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            message = f"{member} is plain http: codes, tokens and keys can be read and replaced on the way"
            yield IssuerHarm("http_endpoint", message, "serve it by https alone", member)
    if not isinstance(metadata.get("issuer"), str) or not metadata["issuer"]:
        message = "the metadata does not name its issuer, so nobody can tell whose it is"
        yield IssuerHarm("issuer_missing", message, "publish issuer, exactly as iss in its tokens", "issuer")


def _grants(metadata: Metadata) -> Iterator[IssuerHarm]:
    grants, member = _words(metadata, "grant_types_supported"), "grant_types_supported"
    said = "" if member in metadata else " (the member is absent, which means authorization_code and implicit)"
    if "implicit" in grants:
        message = f"the implicit grant is offered{said}: tokens land in URLs, histories and logs"
        yield IssuerHarm(
            "implicit_grant", message, "offer authorization_code with PKCE instead (RFC 9700 §2.1.2)", member
        )
    if "password" in grants:
        message = "the password grant is offered: every application learns the passwords of its users"
        yield IssuerHarm("password_grant", message, "remove it; use authorization_code (RFC 9700 §2.4)", member)


def _responses(metadata: Metadata) -> Iterator[IssuerHarm]:
    member = "response_types_supported"
    risky = sorted(kind for kind in _words(metadata, member) if "token" in kind.split())
    if risky:
        message = f"tokens are answered from the authorization endpoint ({', '.join(risky)}), so they stand in URLs"
        yield IssuerHarm("token_in_front_channel", message, "offer the response type code alone", member)


def _pkce(metadata: Metadata) -> Iterator[IssuerHarm]:
    member = "code_challenge_methods_supported"
    methods = _words(metadata, member)
    if "S256" not in methods:
        message = "PKCE with S256 is not offered: a code that was intercepted is worth a token"
        yield IssuerHarm("no_s256", message, "support and require code_challenge_method=S256 (RFC 7636)", member)
    if "plain" in methods:
        message = "PKCE with plain is offered: whoever reads the request can redeem the code"
        yield IssuerHarm("plain_pkce", message, "offer S256 alone", member)


def _algorithms(metadata: Metadata) -> Iterator[IssuerHarm]:
    for member in sorted(metadata):
        if not member.endswith(_SIGNED):
            continue
        words = _words(metadata, member)
        if any(word.lower() == "none" for word in words):
            message = f"{member} has none: what is not signed is taken for genuine"
            yield IssuerHarm("alg_none", message, "remove none; sign with ES256, PS256 or EdDSA", member)
        if symmetric := [word for word in words if word.startswith("HS")]:
            message = f"{member} has {', '.join(symmetric)}: whoever can verify such a signature can make one"
            yield IssuerHarm("symmetric_algorithm", message, "sign with ES256, PS256 or EdDSA", member)


def _clients(metadata: Metadata) -> Iterator[IssuerHarm]:
    member = "token_endpoint_auth_methods_supported"
    methods = _words(metadata, member)
    strong = [word for word in methods if word not in (*_SECRETS, "none")]
    secrets = [word for word in methods if word in _SECRETS]
    if secrets and not strong:
        said = ", ".join(secrets) if member in metadata else "client_secret_basic, as the member is absent"
        message = (
            f"applications can only prove themselves by a shared secret ({said}), which is sent or held on both sides"
        )
        fix = "support private_key_jwt or tls_client_auth (FAPI 2.0 §5.3.2.1)"
        yield IssuerHarm("client_secret_only", message, fix, member)


def _sender_constraint(metadata: Metadata) -> Iterator[IssuerHarm]:
    has_dpop = bool(_words(metadata, "dpop_signing_alg_values_supported"))
    has_mtls = metadata.get("tls_client_certificate_bound_access_tokens") is True
    if not has_dpop and not has_mtls:
        message = "access tokens are bound to nobody (no DPoP, no mutual TLS): a stolen one works for the thief"
        fix = "support DPoP (RFC 9449) or certificate-bound tokens (RFC 8705)"
        yield IssuerHarm("no_sender_constraint", message, fix, "dpop_signing_alg_values_supported")


def _pushed(metadata: Metadata) -> Iterator[IssuerHarm]:
    if not isinstance(metadata.get("pushed_authorization_request_endpoint"), str):
        message = (
            "requests for authorization cannot be pushed (no PAR): they travel, readable and alterable, in the browser"
        )
        fix = "support PAR (RFC 9126)"
        yield IssuerHarm("no_par", message, fix, "pushed_authorization_request_endpoint")


def _mix_up(metadata: Metadata) -> Iterator[IssuerHarm]:
    member = "authorization_response_iss_parameter_supported"
    if metadata.get(member) is not True:
        message = "answers do not name their issuer (iss): a client of several issuers can be made to mix them up"
        yield IssuerHarm("no_iss_parameter", message, "support the parameter iss (RFC 9207)", member)


def _registration(metadata: Metadata) -> Iterator[IssuerHarm]:
    member = "registration_endpoint"
    if isinstance(metadata.get(member), str):
        message = (
            "anybody may be able to register a client (dynamic registration is offered), and to look like a known one"
        )
        fix = "require an initial access token or a software statement there (RFC 7591 §3), or remove it"
        yield IssuerHarm("open_registration", message, fix, member)


_RULES: tuple[Callable[[Metadata], Iterator[IssuerHarm]], ...] = (
    _endpoints,
    _grants,
    _responses,
    _pkce,
    _algorithms,
    _clients,
    _sender_constraint,
    _pushed,
    _mix_up,
    _registration,
)
