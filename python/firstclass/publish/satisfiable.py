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


def find_unsatisfiable(settings: Settings, results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each scheme that no caller could ever satisfy."""
    issuers = [issuer.name for issuer in settings.issuers]
    for result in results:
        compiled = result.compiled
        if compiled.document is None or result.errors:
            continue
        for index, scheme in enumerate(compiled.document["schemes"]):
            named = scheme.get("issuer")
            if scheme["kind"] != "bearer" or (named in issuers if named is not None else issuers):
                continue
            if named is not None and issuers:
                missing, hint = f"no issuer {named!r}", f"{did_you_mean(named, issuers)}; or {HINT}"
            else:
                missing, hint = "no issuers", HINT
            message = f"nobody can sign in by {scheme['name']}: firstclass.yaml has {missing}, so every token is a 401"
            place = compiled.source_map.get(f"schemes/{index}", {})
            yield Diagnostic(
                code="nobody_can_sign_in",
                message=message,
                file=place.get("file", result.entry.contract),
                line=place.get("line", 1),
                column=place.get("column", 1),
                pointer=place.get("pointer", ""),
                hint=hint,
                severity="warning",
            )
