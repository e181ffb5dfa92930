"""Foreign issuers in the store: what the configuration says of them and the keys that were fetched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete

from firstclass.model.issuer_presets import RequiredClaim
from firstclass.model.issuers import Introspection, Issuer
from firstclass.storage.named import Named
from firstclass.storage.schema import issuers as table
from firstclass.storage.text import from_json, from_time, to_json, to_time, upsert


class Issuers(Named[Issuer]):
    """What a reader can ask about issuers."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        super().__init__(connection, tenant, table, "issuer", _issuer)


def write(connection: Connection, issuer: Issuer) -> None:
    """Insert or update the row."""
    settings = {
        "issuer": issuer.issuer,
        "audience": list(issuer.audience),
        "jwks_uri": issuer.jwks_uri,
        "algorithms": issuer.algorithms,
        "application_claim": list(issuer.application_claims),
        "types": issuer.types,
        "audience_claim": issuer.audience_claim,
        "required_claims": [[list(required.claims), list(required.values)] for required in issuer.required_claims],
        "introspection": None if issuer.introspection is None else asdict(issuer.introspection),
    }
    upsert(
        connection,
        table,
        {
            "tenant": issuer.tenant,
            "name": issuer.name,
            "settings": to_json(settings),
            "keys": to_json(issuer.keys),
            "fetched_at": to_time(issuer.fetched_at),
        },
    )


def remove(connection: Connection, issuer: Issuer) -> None:
    """Delete the row."""
    connection.execute(delete(table).where(table.c.tenant == issuer.tenant, table.c.name == issuer.name))


def _issuer(row: Any) -> Issuer:
    settings = from_json(row.settings)
    return Issuer(
        name=row.name,
        issuer=settings["issuer"],
        audience=_names(settings["audience"]),
        jwks_uri=settings["jwks_uri"],
        algorithms=tuple(settings["algorithms"]),
        application_claims=_names(settings["application_claim"]),
        types=tuple(settings["types"]),
        audience_claim=settings.get("audience_claim", "aud"),
        required_claims=tuple(
            RequiredClaim(tuple(claims), tuple(values)) for claims, values in settings.get("required_claims", ())
        ),
        introspection=Introspection(**settings["introspection"]) if settings.get("introspection") else None,
        keys=tuple(from_json(row.keys)),
        fetched_at=from_time(row.fetched_at),
        tenant=row.tenant,
    )


def _names(written: Any) -> tuple[str, ...]:
    """As written now, a list; as written before there were lists, one name or none."""
    if written is None:
        return ()
    return (written,) if isinstance(written, str) else tuple(written)
