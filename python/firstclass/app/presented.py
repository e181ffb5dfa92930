"""Which credential of a refused call was good and which was not, as far as its event and the order in which the engine
looks can tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["key", "token", "session", "own"]
Verdict = Literal["good", "refused", "perhaps_refused"]

GOOD_KEY = "it is known and in force"
_TOKENS: dict[str, str] = {
    "credential_expired": "it has ended",
    "credential_revoked": "the application that it names is disabled",
    "credential_invalid": "it is not believed: its issuer, audience, type or signature is another than configured",
}
_UNKNOWN_KEY = "it is unknown or misspelt, or came twice or in the URL"


@dataclass(frozen=True)
class Presented:
    """One credential of a call, and why it is good or was refused; `perhaps_refused`: it or another one was, and the
    event does not say which."""

    kind: Kind
    verdict: Verdict
    why: str

    def as_json(self) -> dict[str, str]:
        """What `explain --json` prints."""
        return {"kind": self.kind, "verdict": self.verdict, "why": self.why}


def tell_presented(
    event: Mapping[str, Any], access: Mapping[str, Any], schemes: Iterable[Mapping[str, Any]]
) -> list[Presented]:
    """The credentials of a call that was refused for one of them. Empty: caller and hint say all that is known.

    The engine takes the credentials of an alternative in the order of the contract and ends at the first that is not
    good: where a key stands before each token, a token is refused only beside a key that is good.
    """
    kinds = [_kind(scheme) for scheme in schemes]
    ways = [[kinds[requirement["scheme"]] for requirement in way] for way in access.get("any_of", ())]
    reason, tier = str(event.get("reason")), event.get("tier")
    if tier == "bearer":
        return _of_good_token(event, reason, ways)
    if event.get("credential") is not None:
        return []  # a key that is known: the caller is named, and the hint says what became of it
    if reason == "credential_invalid":
        return _of_unknown(ways)
    if reason == "subject_unknown" and any("session" in way for way in ways):
        why = "nobody knows it: it began elsewhere or before the gateway, or has ended"
        return [*_key_before(ways, {"session"}), Presented("session", "refused", why)]
    if reason in ("credential_expired", "credential_revoked") and any("token" in way for way in ways):
        return [*_key_before(ways, {"token"}), Presented("token", "refused", _TOKENS[reason])]
    return []


def _kind(scheme: Mapping[str, Any]) -> Kind:
    kind: dict[str, Kind] = {"key": "key", "session": "session", "own": "own"}
    return kind.get(str(scheme["kind"]), "token")


def _of_good_token(event: Mapping[str, Any], reason: str, ways: list[list[Kind]]) -> list[Presented]:
    """A token that was believed, and yet is not enough."""
    if reason == "scope_missing":
        return [*_key_before(ways, {"token"}), Presented("token", "refused", "it is good, but lacks a scope")]
    if reason != "subject_unknown":
        return []
    key = [] if event.get("credential") is None else [Presented("key", "good", GOOD_KEY)]
    return [*key, Presented("token", "refused", "it is good, but does not say whom it speaks for")]


def _of_unknown(ways: list[list[Kind]]) -> list[Presented]:
    """Nothing that was sent is known: which of them was looked at is clear only where there is one kind."""
    found: list[Kind] = list(dict.fromkeys(kind for way in ways for kind in way))
    whys: dict[Kind, str] = {
        "key": _UNKNOWN_KEY,
        "token": _TOKENS["credential_invalid"],
        "session": "it is no one bearer token",
        "own": "it came twice, or is a key of ours, which is never passed on to the API",
    }
    if len(found) == 1:
        return [Presented(found[0], "refused", whys[found[0]])]
    return [Presented(kind, "perhaps_refused", whys[kind]) for kind in found]


def _key_before(ways: list[list[Kind]], refused: set[Kind]) -> list[Presented]:
    """The key, where it was found good before one of `refused` was looked at in any way to get in."""
    concerned = [way for way in ways if refused & set(way)]
    if concerned and all(way[0] == "key" for way in concerned):
        return [Presented("key", "good", GOOD_KEY)]
    return []
