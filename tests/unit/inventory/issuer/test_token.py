"""What a token shows, without its signature being believed and without a value of it being told."""

import base64
import json
from datetime import UTC, datetime

import pytest

from firstclass.inventory.issuer.token import find_token_harms
from firstclass.model.errors import Exit, FirstclassError

NOW = datetime(2031, 1, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "1"}
CLAIMS = {
    "iss": "https://login.example",
    "aud": "api",
    "sub": "8f2",
    "iat": SECONDS,
    "exp": SECONDS + 300,
    "cnf": {"jkt": "x"},
}


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(header=None, **claims):
    merged = {key: value for key, value in {**CLAIMS, **claims}.items() if value is not None}
    return f"{part({**HEADER, **(header or {})})}.{part(merged)}.c2ln"


def codes(*args, **claims):
    return [harm.code for harm in find_token_harms(token(*args, **claims), "https://login.example", NOW)]


def test_a_sound_token_does_no_harm():
    assert codes() == [] and codes(aud=["api"]) == []


@pytest.mark.parametrize(
    ("header", "claims", "code"),
    [
        ({"alg": "none"}, {}, "alg_none"),
        ({"alg": "HS256"}, {}, "symmetric_algorithm"),
        ({"typ": "JWT"}, {}, "no_typ"),
        ({"jku": "https://x"}, {}, "key_in_token"),
        ({}, {"aud": None}, "no_audience"),
        ({}, {"aud": ["a", "b"]}, "several_audiences"),
        ({}, {"cnf": None}, "no_cnf"),
        ({}, {"iss": "https://other.example"}, "foreign_token"),
        ({}, {"email": "ana@example.org"}, "personal_data"),
        ({}, {"sub": "ana@example.org"}, "personal_data"),
        ({}, {"exp": None}, "no_expiry"),
        ({}, {"exp": SECONDS + 86400}, "long_lifetime"),
        ({}, {"exp": SECONDS + 86400, "iat": None}, "long_lifetime"),
    ],
)
def test_each_harm_is_named(header, claims, code):
    assert codes(header, **claims) == [code]


def test_no_value_of_the_token_is_told():
    for harm in find_token_harms(
        token({}, email="ana@example.org", sub="ana@example.org", aud=["x1", "x2"]), None, NOW
    ):
        assert "ana" not in str(harm.as_json()) and "x1" not in str(harm.as_json())


@pytest.mark.parametrize("text", ["", "secret", "a.b.c", "a.b.c.d.e", part([]) + "." + part({}) + ".x", "x" * 70000])
def test_what_cannot_be_read_is_told_without_it(text):
    with pytest.raises(FirstclassError) as caught:
        find_token_harms(text, None, NOW)
    assert caught.value.exit_code == Exit.USAGE and "secret" not in caught.value.message
