"""Templates become credentials, and what they became is remembered."""

import base64
import json
from typing import Any

import pytest

from firstclass.engine.cases.minting import mint_key
from firstclass.engine.cases.model import CaseError
from firstclass.engine.cases.templates import Expander

NOW = 1_800_000_000
PARTNER = {"issuer": "https://partner.example", "audience": "the-api"}


def expander() -> Expander:
    return Expander({"partner": PARTNER}, {"named": "fc_test_written"}, NOW)


def token(template: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = expander().expand(template).split(".")
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    return read[0], read[1], signature


def test_text_without_templates_stays_as_it_is():
    assert expander().expand("a {{ b }} {{unknown x}}") == "a {{ b }} {{unknown x}}"


def test_a_key_is_the_one_written_or_one_that_follows_from_its_name():
    mint = expander()
    assert mint.expand("{{key named}} {{key key_1}}") == f"fc_test_written {mint_key('key_1')}"
    assert mint.minted == ["fc_test_written", mint_key("key_1")]


def test_a_key_may_be_cut():
    assert expander().expand("{{key key_1 cut=12}}") == mint_key("key_1")[:12]


def test_a_token_speaks_for_its_issuer_now():
    header, claims, signature = token("{{token partner}}")
    assert (header["alg"], header["typ"], bool(signature)) == ("ES256", "at+jwt", True)
    assert (claims["iss"], claims["aud"], claims["iat"]) == (PARTNER["issuer"], "the-api", NOW)


@pytest.mark.parametrize(
    ("said", "claim", "value"),
    [
        ("sub=7", "sub", "7"),
        ("exp=-1h", "exp", NOW - 3600),
        ("exp=+90d", "exp", NOW + 90 * 86400),
        ('aud=["a", "b"]', "aud", ["a", "b"]),
        ("scope=read", "scope", "read"),
        ("admin=true", "admin", True),
        ("name=7up", "name", "7up"),
    ],
)
def test_claims_are_json_words_or_times(said: str, claim: str, value: Any):
    assert token(f"{{{{token partner {said}}}}}")[1][claim] == value


def test_a_claim_of_none_is_left_out():
    assert "exp" not in token("{{token partner exp=none}}")[1]


def test_header_and_signature_can_be_forged():
    header, _, signature = token("{{token partner alg=none header.kid=x}}")
    assert (header["alg"], header["kid"], signature) == ("none", "x", "")
    assert token("{{token partner signature=none}}")[2] == base64.urlsafe_b64encode(bytes(64)).decode().rstrip("=")


def test_an_unknown_issuer_is_refused():
    with pytest.raises(CaseError, match="no issuer 'stranger'"):
        expander().expand("{{token stranger}}")


def test_what_cannot_be_read_is_refused():
    with pytest.raises(CaseError, match="name=value is expected"):
        expander().expand("{{token partner sub}}")


def test_every_template_of_a_text_is_replaced():
    mint = expander()
    assert "{{" not in mint.expand("{{key a}},{{token partner}},{{key b}}")
    assert len(mint.minted) == 3
