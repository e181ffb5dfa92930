"""What to do about a refusal: a sentence for each reason, with the real names where they are known. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from firstclass.base.clock import format_time
from firstclass.model.applications import Application
from firstclass.model.credentials import Credential
from firstclass.model.plans import CONCURRENCY, Limit, Plan
from firstclass.storage.sightings import SessionCalls

HINTS = {
    "bad_framing": "send one well-formed HTTP/1.1 message with exactly one Host and one length",
    "bad_target": "send the path in normal form: no dot segments, no empty segments, no encoded slashes",
    "head_too_large": "send fewer or shorter headers, or a shorter target",
    "parameter_invalid": "send only declared parameters, as the contract describes them",
    "body_invalid": "send only declared properties, as the contract describes them",
    "credential_missing": "send the credential that the operation's security asks for",
    "credential_invalid": "check the credential; firstclass keys issue makes a new key",
    "credential_expired": "rotate the key or fetch a new token",
    "credential_revoked": "issue a new key: firstclass keys issue APPLICATION",
    "credential_too_weak": "the operation asks for a stronger credential than this one",
    "subject_unknown": "send a token that says whom it speaks for (the claim sub), or sign in again through the "
    "gateway: a session that began elsewhere, or before it, or has ended speaks for nobody",
    "not_subscribed": "firstclass subscriptions create APPLICATION --api API --operations OPERATION",
    "scope_missing": "ask the issuer for a token with the scopes that the operation lists",
    "unknown_operation": "the contract has no such path; declare it, or call one that is declared",
    "foreign_object": "the id belongs to somebody else; a caller reaches only its own objects",
    "method_not_allowed": "use one of the methods in Allow, or declare this one",
    "not_acceptable": "accept a media type that the contract declares for the answer",
    "body_too_large": "send less, or raise maxLength in the contract",
    "media_type_unsupported": "send a media type that the contract declares, without a content coding",
    "masked_value_written": "leave masked values out, or send a merge patch; or unmask the category for who writes",
    "rate_exceeded": "wait as long as Retry-After says, or raise the rate in the contract",
    "quota_exceeded": "wait as long as Retry-After says, or raise the quota of the plan",
    "concurrency_exceeded": "send fewer calls at once, or raise the concurrency of the plan",
    "overloaded": "come back as Retry-After says; where it stays, give the gateway more cores or memory",
    "response_invalid": "the API's answer breaks its contract: mend one of the two",
    "response_unreadable": "the API's answer could not be read: it must be whole, uncompressed JSON",
    "upstream_unreachable": "start the API, or correct upstream: in firstclass.yaml; where it runs, it closes"
    " connections without answering, as a server does that expects TLS: upstreams are called in plain HTTP",
    "upstream_timeout": "the API was too slow; x-firstclass: {timeout: …} gives it longer",
    "upstream_error": "the status is the API's own, the body is replaced: declare the status (or 4XX) and its body in"
    " the contract",
}

MALFORMED = "send a well-formed body: JSON in UTF-8 that is whole, where JSON is declared"
DISABLED = "the application that the token names is disabled; firstclass applications list shows which are"
ENDED = "the token has ended: fetch a new one from its issuer"


@dataclass(frozen=True)
class Parties:
    """Who and what an event was about, as the store knows them; None: not known."""

    application: Application | None = None
    credential: Credential | None = None
    bundle: dict[str, Any] | None = None
    api: str | None = None
    operation: str | None = None
    plan: Plan | None = None
    limit: Limit | None = None
    """The limit of the plan that refused."""
    session_calls: SessionCalls | None = None


def hint_for(reason: str, parties: Parties) -> str:
    """What to do about `reason`."""
    named = {
        "credential_missing": _missing,
        "credential_invalid": _invalid,
        "credential_revoked": _revoked,
        "credential_expired": _expired,
        "not_subscribed": _not_subscribed,
        "rate_exceeded": _limited,
        "quota_exceeded": _limited,
        "concurrency_exceeded": _limited,
        "upstream_unreachable": _unreachable,
        "upstream_timeout": _too_slow,
    }.get(reason)
    return (named(parties) if named else None) or HINTS.get(reason, "see the reference of reasons")


def spelled(header: str) -> str:
    """A header's name as people write it; a bundle has it in small letters."""
    return "-".join("API" if word == "api" else word.capitalize() for word in header.split("-"))


def _missing(parties: Parties) -> str | None:
    operation = find_operation(parties)
    if parties.bundle is None or operation is None or "any_of" not in (operation["access"] or {}):
        return None
    ways = []
    for requirements in operation["access"]["any_of"]:
        schemes = [parties.bundle["schemes"][requirement["scheme"]] for requirement in requirements]
        ways.append(" and ".join(_header(scheme) for scheme in schemes))
    return f"send {', or '.join(dict.fromkeys(ways))}"


def _invalid(parties: Parties) -> str | None:
    """What a token is held against, where one may get in."""
    operation = find_operation(parties)
    if parties.bundle is None or operation is None:
        return None
    ways = (operation["access"] or {}).get("any_of", ())
    schemes = [parties.bundle["schemes"][requirement["scheme"]] for way in ways for requirement in way]
    bearers = [scheme for scheme in schemes if scheme["kind"] == "bearer"]
    if not bearers:
        return None
    names = ", ".join(dict.fromkeys(str(scheme["issuer"]) for scheme in bearers if scheme.get("issuer")))
    issuers = f"issuers: {names}" if names else "the issuers"
    token = f"hold the token against {issuers} in firstclass.yaml (issuer, audience, types)"
    keys = "; firstclass keys issue makes a new key" if any(scheme["kind"] == "key" for scheme in schemes) else ""
    return token + keys


def _header(scheme: dict[str, Any]) -> str:
    if scheme["kind"] == "key":
        return f"the header {spelled(scheme['header'])} with a key (firstclass keys issue makes one)"
    if scheme["kind"] == "session":
        return "the header Authorization: Bearer with the session that signing in through the gateway began"
    if scheme["kind"] == "own":
        return f"{_own_place(scheme)}, which the API itself checks (pass: unchecked)"
    issuer = f" of {scheme['issuer']}" if scheme.get("issuer") else ""
    return f"the header Authorization: Bearer with a token{issuer}"


def _own_place(scheme: dict[str, Any]) -> str:
    """Where the API's own credential stands."""
    if scheme["in"] != "header":
        return f"{'the cookie' if scheme['in'] == 'cookie' else 'the query parameter'} {scheme['field']}"
    word = f": {str(scheme['word']).capitalize()} …" if scheme.get("word") else ""
    return f"the header {spelled(scheme['field'])}{word}"


def _is_about_token(parties: Parties) -> bool:
    """Whether a token was refused: a key that has ended or was revoked is known, and named."""
    return parties.bundle is not None and parties.credential is None


def _revoked(parties: Parties) -> str | None:
    application, credential = parties.application, parties.credential
    if application is None:
        return DISABLED if _is_about_token(parties) else None
    name = shlex.quote(application.name)
    if not application.enabled:
        return f"the application {application.name} is disabled; firstclass applications enable {name} lets it in again"
    if credential is None:
        return None
    if credential.revoked_at is None:
        return f"the application {application.name} was disabled then and is enabled now: call again"
    return f"{credential.id} was revoked at {format_time(credential.revoked_at)}: firstclass keys issue {name}"


def _expired(parties: Parties) -> str | None:
    application, credential = parties.application, parties.credential
    if application is None or credential is None:
        return ENDED if _is_about_token(parties) else None
    ended = format_time(credential.expires_at)
    return f"{credential.id} ended at {ended}: firstclass keys issue {shlex.quote(application.name)} --expires 90d"


def _not_subscribed(parties: Parties) -> str | None:
    if parties.application is None:
        return (
            "no registered application goes with this token: firstclass applications create NAME --owner EMAIL"
            " --client-id ID --issuer ISSUER"
        )
    name, operation = (shlex.quote(str(each)) for each in (parties.application.name, parties.operation))
    return f"firstclass subscriptions create {name} --api {parties.api} --operations {operation}"


def _limited(parties: Parties) -> str | None:
    if parties.plan is None or parties.limit is None:
        return None
    wait = "send fewer calls at once" if parties.limit.kind == CONCURRENCY else "wait as long as Retry-After says"
    return f"the plan {parties.plan.name} has the {parties.limit.in_words()}: {wait}, or raise it in firstclass.yaml"


def _unreachable(parties: Parties) -> str | None:
    if parties.bundle is None:
        return None
    upstream = parties.bundle["api"]["upstream"]
    return (
        f"{upstream} cannot be reached, or closes connections without answering: look whether the API runs there and"
        " what it logs, and whether it expects TLS (upstreams are called in plain HTTP), or correct upstream: in"
        " firstclass.yaml"
    )


def no_http(parties: Parties) -> str:
    """What to do about an answer of which not even the head could be read."""
    upstream = "the upstream" if parties.bundle is None else parties.bundle["api"]["upstream"]
    return (
        f"what {upstream} sent is no answer in HTTP/1.1: look whether that port is the API's own, and speaks plain"
        " HTTP/1.1 (no TLS, no HTTP/2 alone), or correct upstream: in firstclass.yaml; where it is the API, its head is"
        " malformed or too large: look at it with curl -i"
    )


def _too_slow(parties: Parties) -> str | None:
    operation = find_operation(parties)
    if parties.bundle is None or operation is None:
        return None
    seconds = operation["timeout_milliseconds"] / 1000
    upstream = parties.bundle["api"]["upstream"]
    return f"{upstream} did not answer within {seconds:g} s; x-firstclass: {{timeout: …}} gives it longer"


def find_operation(parties: Parties) -> dict[str, Any] | None:
    """The operation as the bundle has it; None: neither is known."""
    operations = [] if parties.bundle is None else parties.bundle["operations"]
    return next((each for each in operations if each["id"] == parties.operation), None)
