"""What an entry under `issuers` can say, and which halves do not make a whole."""

import pytest
from pydantic import ValidationError

from firstclass.base.issuer_settings import IssuerSettings

PLAIN = {"name": "p", "issuer": "https://p.example", "audience": "a", "jwks_uri": "https://p.example/keys"}
ASKED = {"url": "https://p.example/introspect", "client_id": "us", "client_secret": {"env": "SECRET"}}
OPAQUE = {"name": "p", "issuer": "https://p.example", "introspection": ASKED}


def test_one_name_and_a_list_of_names_are_both_taken():
    assert IssuerSettings(**PLAIN).audience == ("a",)
    several = IssuerSettings(**{**PLAIN, "audience": ["a", "b"], "application_claim": ["azp", "client_id"]})
    assert several.audience == ("a", "b") and several.application_claim == ("azp", "client_id")


@pytest.mark.parametrize(
    "entry",
    [
        {**PLAIN, "audience": [], "application_claim": "client_id"},
        {"name": "c", "preset": "cognito", "issuer": "https://c.example/pool"},
        {"name": "k", "preset": "keycloak", "issuer": "https://k.example/realms/r", "audience": "account"},
        {**OPAQUE, "audience": "a"},
        OPAQUE,
        {**PLAIN, "jwks_uri": "http://127.0.0.1:9/keys"},
    ],
)
def test_whole_entries_are_taken(entry):
    assert IssuerSettings(**entry).name


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({k: v for k, v in PLAIN.items() if k != "jwks_uri"}, "jwks_uri is missing"),
        ({k: v for k, v in PLAIN.items() if k != "audience"}, "audience is missing"),
        ({**PLAIN, "audience": []}, "must name their application"),
        ({**PLAIN, "audience": [""]}, "not empty"),
        ({**PLAIN, "issuer": ""}, "at least 1"),
        ({"name": "a", "preset": "auth0", "issuer": "https://a.example/"}, "audience is missing"),
        ({"name": "a", "preset": "auth0", "issuer": "a.example", "audience": "x"}, "makes jwks_uri from it"),
        ({"name": "a", "preset": "auth1", "issuer": "https://a.example/", "audience": "x"}, "auth0"),
        ({**PLAIN, "jwks_uri": "http://p.example/keys"}, "loopback"),
        ({**PLAIN, "introspection": ASKED}, "remove one"),
        ({**OPAQUE, "preset": "okta"}, "remove one"),
        ({**OPAQUE, "introspection": {**ASKED, "url": "http://p.example/x"}}, "loopback"),
        ({**OPAQUE, "introspection": {**ASKED, "url": "https://u:p@p.example/x"}}, "without user"),
        ({**OPAQUE, "introspection": {**ASKED, "client_secret": "hunter2"}}, "client_secret"),
        ({**OPAQUE, "introspection": {**ASKED, "client_secret": {}}}, "one place"),
        ({**OPAQUE, "introspection": {**ASKED, "client_secret": {"env": "A", "file": "b"}}}, "one place"),
        ({**OPAQUE, "introspection": {**ASKED, "cache_seconds": 31}}, "30"),
    ],
)
def test_what_could_not_be_checked_is_refused_with_a_reason(entry, words):
    with pytest.raises(ValidationError) as refused:
        IssuerSettings(**entry)
    assert words in str(refused.value)
