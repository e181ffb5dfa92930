"""What a preset fills in, and what an entry says itself."""

from pathlib import Path

from firstclass.base.issuer_settings import IssuerSettings
from firstclass.publish.issuer_entries import issuer_of

HERE = Path("/site")


def value(**entry):
    issuer = issuer_of(IssuerSettings(name="x", **entry), HERE)
    return issuer, issuer.directory_value()


def test_an_entry_without_a_preset_is_as_it_always_was():
    _, told = value(issuer="https://i", audience="a", jwks_uri="https://i/keys")
    assert told == {
        "tenant": "main",
        "issuer": "https://i",
        "audience": "a",
        "algorithms": ["ES256", "EdDSA", "PS256", "RS256"],
        "application_claim": None,
        "types": ["at+jwt", "application/at+jwt", "jwt", ""],
        "keys": [],
    }


def test_cognito_without_an_audience():
    issuer, told = value(preset="cognito", issuer="https://c.example/pool")
    assert issuer.jwks_uri == "https://c.example/pool/.well-known/jwks.json"
    assert (told["audience"], told["audience_claim"], told["application_claim"]) == (None, "client_id", "client_id")
    assert told["required_claims"] == [{"claims": ["token_use"], "values": ["access"]}]


def test_what_stands_beside_a_preset_counts():
    beside = {"application_claim": "appid", "types": ["JWT"], "algorithms": ["PS256"], "jwks_uri": "https://e/keys"}
    issuer, told = value(preset="entra", issuer="https://e/t/v2.0", audience=["a", "b"], **beside)
    assert (issuer.jwks_uri, told["audience"]) == ("https://e/keys", ["a", "b"])
    assert (told["application_claim"], told["types"], told["algorithms"]) == ("appid", ["jwt"], ["PS256"])


def test_an_introspecting_issuer_has_no_keys_and_no_secret():
    asked = {"url": "https://i/ask", "client_id": "us", "client_secret": {"file": "secret"}}
    issuer, told = value(issuer="https://i", audience="a", introspection=asked)
    assert issuer.jwks_uri is None and issuer.introspection.secret_file == "/site/secret"
    assert told["introspection"] == {"cache_seconds": 30} and told["application_claim"] == "client_id"
    assert "secret" not in str(told) and "us" not in told.values()
