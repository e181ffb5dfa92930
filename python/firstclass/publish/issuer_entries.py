"""From an entry under `issuers` to the issuer that is believed: what a preset fills in, and what it says itself."""

from __future__ import annotations

from pathlib import Path

from firstclass.base.issuer_settings import DEFAULT_ALGORITHMS, DEFAULT_TYPES, IssuerSettings
from firstclass.model.issuer_presets import PRESETS
from firstclass.model.issuers import Introspection, Issuer


def issuer_of(entry: IssuerSettings, directory: Path) -> Issuer:
    """The issuer of one entry; `directory` is what its files are relative to."""
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    types: tuple[str, ...] = DEFAULT_TYPES
    jwks_uri = entry.jwks_uri
    preset = PRESETS.get(entry.preset) if entry.preset is not None else None
    if preset is not None:
        jwks_uri, algorithms, types = entry.jwks_uri or preset.keys(entry.issuer), preset.algorithms, preset.types
    claims = entry.application_claim
    if claims is None:
        claims = preset.application_claims if preset is not None else _claims_of_introspection(entry)
    return Issuer(
        name=entry.name,
        issuer=entry.issuer,
        audience=entry.audience or (),
        jwks_uri=None if entry.introspection is not None else jwks_uri,
        algorithms=entry.algorithms or algorithms,
        application_claims=claims,
        types=entry.types or types,
        audience_claim=preset.audience_claim if preset is not None else "aud",
        required_claims=preset.required_claims if preset is not None else (),
        introspection=_introspection(entry, directory),
    )


def _claims_of_introspection(entry: IssuerSettings) -> tuple[str, ...]:
    """RFC 7662 §2.2 has a member for it."""
    return ("client_id",) if entry.introspection is not None else ()


def _introspection(entry: IssuerSettings, directory: Path) -> Introspection | None:
    said = entry.introspection
    if said is None:
        return None
    file = said.client_secret.file
    return Introspection(
        url=said.url,
        client_id=said.client_id,
        secret_file=str((directory / file).absolute()) if file is not None else None,
        secret_env=said.client_secret.env,
        cache_seconds=said.cache_seconds,
    )
