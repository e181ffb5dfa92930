"""Whether callers can have what a contract asks of them: a bearer scheme needs an issuer whose tokens are believed, or
sessions of the API's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firstclass.base.settings import Settings
from firstclass.compiler import Diagnostic
from firstclass.model.suggestions import did_you_mean
from firstclass.publish.contracts import CompiledApi

HINT = (
    "name whose tokens count under issuers: of firstclass.yaml (docs/guides/identity-providers.md), or write"
    " x-firstclass: {subject: login} on the scheme where the API signs people in itself"
    " (docs/guides/opaque-sessions.md)"
)


def unsatisfiable_schemes(settings: Settings, result: CompiledApi) -> frozenset[int]:
    """Indices of the schemes of a sound contract that no caller could ever satisfy."""
    document = result.compiled.document
    if document is None or result.errors:
        return frozenset()
    issuers = [issuer.name for issuer in settings.issuers]
    return frozenset(
        index
        for index, scheme in enumerate(document["schemes"])
        if scheme["kind"] == "bearer" and not (issuers if scheme.get("issuer") is None else scheme["issuer"] in issuers)
    )


def find_unsatisfiable(settings: Settings, results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each scheme that no caller could ever satisfy."""
    issuers = [issuer.name for issuer in settings.issuers]
    for result in results:
        for index in sorted(unsatisfiable_schemes(settings, result)):
            scheme = (result.compiled.document or {})["schemes"][index]
            named = scheme.get("issuer")
            if named is not None and issuers:
                missing, hint = f"no issuer {named!r}", f"{did_you_mean(named, issuers)}; or {HINT}"
            else:
                missing, hint = "no issuers", HINT
            message = f"nobody can sign in by {scheme['name']}: firstclass.yaml has {missing}, so every token is a 401"
            yield result.diagnose(f"schemes/{index}", "warning", "nobody_can_sign_in", message, hint)
