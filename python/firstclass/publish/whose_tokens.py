"""Whose tokens a bearer scheme takes: where several issuers are configured, it has to say so. Each issuer names its
people as it likes, so that one's 7 is somebody else than the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from firstclass.base.settings import Settings
from firstclass.compiler import Diagnostic
from firstclass.publish.contracts import CompiledApi


def with_unnamed_issuers(settings: Settings, result: CompiledApi) -> CompiledApi:
    """The result, with an error for each scheme by which people of several issuers would get in as the same ones."""
    errors = tuple(_unnamed(settings, result))
    if not errors:
        return result
    compiled = replace(result.compiled, document=None, source_map={}, errors=(*result.errors, *errors))
    return replace(result, compiled=compiled, payload=None, hash=None)


def _unnamed(settings: Settings, result: CompiledApi) -> Iterator[Diagnostic]:
    """Several entries may be of one issuer: its people are the same ones."""
    compiled = result.compiled
    if compiled.document is None or len({entry.issuer for entry in settings.issuers}) < 2:
        return
    names = [entry.name for entry in settings.issuers]
    known = f"{', '.join(names[:-1])} and {names[-1]}"
    for index, scheme in enumerate(compiled.document["schemes"]):
        if scheme["kind"] != "bearer" or scheme.get("issuer") is not None:
            continue
        name = scheme["name"]
        message = (
            f"{name} does not say whose tokens it takes, and firstclass.yaml has several issuers ({known}):"
            " somebody of one would get in as the person whom another calls the same"
        )
        hint = (
            f"write x-firstclass: {{issuer: {names[0]}}} on {name}; where people of several get in, declare a"
            " scheme for each and name them in security as alternatives"
        )
        yield result.diagnose(f"schemes/{index}", "error", "issuer_unnamed", message, hint)
