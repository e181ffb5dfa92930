"""From a case's `directory.json` to the changes that an engine reads: defaults, times and digests filled in."""

from __future__ import annotations

from typing import Any

from firstclass.engine.cases.minting import Signer, derived, digest, legacy_digest, mint_key
from firstclass.engine.cases.model import Case, CaseError, Json
from firstclass.engine.cases.times import in_run

PEPPER_ID = "cases"
PEPPER = derived("pepper")
DEFAULTS: dict[str, dict[str, Json]] = {
    "application": {"tenant": "main", "name": None, "enabled": True, "clients": []},
    "credential": {
        "tenant": "main",
        "application": None,
        "digest": None,
        "pepper": PEPPER_ID,
        "state": "active",
        "expires_at": "+90d",
        "class": "standard",
    },
    "subscription": {
        "tenant": "main",
        "application": None,
        "api": None,
        "operations": None,
        "unmask": [],
        "until": None,
        "plan": None,
        "product": None,
    },
    "plan": {"tenant": "main", "limits": None},
    "issuer": {
        "tenant": "main",
        "issuer": None,
        "audience": None,
        "algorithms": ["ES256"],
        "application_claim": None,
        "types": ["at+jwt", "application/at+jwt", "jwt", ""],
        "keys": None,
    },
    "mode": {"tenant": "main", "operations": {}},
}

# Members that may be left out of the directory itself.
MORE = {"credential": {"key"}, "issuer": {"audience_claim", "required_claims"}}


def issuers_of(case: Case) -> dict[str, Json]:
    """Issuer entries by name."""
    return {c["id"]: c.get("value") or {} for c in case.directory["changes"] if c.get("type") == "issuer"}


def keys_of(case: Case) -> dict[str, str]:
    """Key texts that the case writes out itself, by credential id."""
    values = {c["id"]: c.get("value") or {} for c in case.directory["changes"] if c.get("type") == "credential"}
    return {name: value["key"] for name, value in values.items() if "key" in value}


def build_changes(case: Case, operations: dict[str, list[str]], run_ms: int, moved_ms: int) -> list[dict[str, Any]]:
    """Every change in the form of `engine/bundle/src/directory.rs`; `operations` are those of each API.

    Raises:
        CaseError: a type or a member that the format does not have.
    """
    return [_change(case, change, operations, run_ms, moved_ms) for change in case.directory["changes"]]


def _change(case: Case, change: Json, operations: dict[str, list[str]], run_ms: int, moved_ms: int) -> dict[str, Any]:
    kind, name, written = change.get("type"), change.get("id"), change.get("value")
    where = f"{case.name}/directory.json: {kind} {name!r}"
    if kind not in DEFAULTS or not isinstance(name, str):
        raise CaseError(f"{where}: `type` is one of {', '.join(DEFAULTS)}, and `id` is text")
    if written is None:
        return {"type": kind, "id": name, "value": None}
    unknown = sorted(set(written) - set(DEFAULTS[kind]) - MORE.get(kind, set()))
    if unknown:
        raise CaseError(f"{where} has no member {unknown[0]!r}")
    value = {**DEFAULTS[kind], **written}
    if kind == "credential":
        key = value.pop("key", None) or mint_key(name)
        made = legacy_digest(PEPPER, key) if value["class"] == "legacy" else digest(PEPPER, key)
        value["digest"] = value["digest"] or made
        value["expires_at"] = in_run(value["expires_at"], run_ms, moved_ms)
    elif kind == "subscription":
        value["api"] = value["api"] or case.apis[0].name
        if value["operations"] is None:
            value["operations"] = operations.get(value["api"], [])
        for name_of in ("plan", "product"):
            if value[name_of] is None:
                del value[name_of]
        if value["until"] is not None:
            value["until"] = in_run(value["until"], run_ms, moved_ms)
    elif kind == "issuer" and value["keys"] is None:
        value["keys"] = Signer(name).public_keys(value["algorithms"])
    missing = [member for member in ("name", "application", "issuer", "limits") if value.get(member, "") is None]
    missing += ["audience"] if kind == "issuer" and "audience" not in written else []
    if missing:
        raise CaseError(f"{where} lacks {missing[0]!r}")
    return {"type": kind, "id": name, "value": value}
