"""Issuers: what of them an engine is told."""

import json
from datetime import UTC, datetime
from pathlib import Path

from jsonschema import Draft202012Validator

from firstclass.model.issuer_presets import RequiredClaim
from firstclass.model.issuers import Introspection, Issuer

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "bundle" / "directory.schema.json").read_text())

PLAIN = Issuer(
    name="people",
    issuer="https://login.example.com",
    audience=("notes",),
    jwks_uri="https://login.example.com/keys",
    algorithms=("ES256",),
    application_claims=("client_id",),
    types=("at+jwt",),
    fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
)
ASKED = Issuer(
    name="people",
    issuer="https://login.example.com",
    audience=(),
    jwks_uri=None,
    algorithms=(),
    application_claims=("azp", "client_id"),
    types=(),
    audience_claim="client_id",
    required_claims=(RequiredClaim(("token_use",), ("access",)),),
    introspection=Introspection("https://login.example.com/introspect", "gateway", secret_file="/secret"),
)


def test_an_engine_learns_what_it_verifies_by_and_no_address():
    assert PLAIN.directory_value() == {
        "tenant": PLAIN.tenant,
        "issuer": "https://login.example.com",
        "audience": "notes",
        "algorithms": ["ES256"],
        "application_claim": "client_id",
        "types": ["at+jwt"],
        "keys": [],
    }


def test_of_introspection_an_engine_learns_only_how_long_to_believe():
    value = ASKED.directory_value()
    assert value["introspection"] == {"cache_seconds": 30}
    assert "secret" not in json.dumps(value) and "gateway" not in json.dumps(value)


def test_several_names_are_a_list_and_none_is_null():
    value = ASKED.directory_value()
    assert (value["audience"], value["application_claim"]) == (None, ["azp", "client_id"])
    assert value["audience_claim"] == "client_id"
    assert value["required_claims"] == [{"claims": ["token_use"], "values": ["access"]}]


def test_both_are_as_the_schema_of_the_directory_says():
    validator = Draft202012Validator({"$ref": "#/$defs/issuer", "$defs": SCHEMA["$defs"]})
    for issuer in (PLAIN, ASKED):
        assert [error.message for error in validator.iter_errors(issuer.directory_value())] == []
