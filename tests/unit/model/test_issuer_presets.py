"""Where the keys of well-known providers lie, as their discovery documents say."""

import pytest

from firstclass.model.issuer_presets import PRESETS

KEYS = [
    ("auth0", "https://d.auth0.com/", "https://d.auth0.com/.well-known/jwks.json"),
    (
        "entra",
        "https://login.microsoftonline.com/t-1/v2.0",
        "https://login.microsoftonline.com/t-1/discovery/v2.0/keys",
    ),
    ("entra", "https://sts.windows.net/t-1/", "https://login.microsoftonline.com/t-1/discovery/v2.0/keys"),
    (
        "cognito",
        "https://cognito-idp.r.amazonaws.com/r_P",
        "https://cognito-idp.r.amazonaws.com/r_P/.well-known/jwks.json",
    ),
    ("keycloak", "https://h.example/realms/r", "https://h.example/realms/r/protocol/openid-connect/certs"),
    ("okta", "https://d.okta.com/oauth2/default", "https://d.okta.com/oauth2/default/v1/keys"),
]


@pytest.mark.parametrize(("name", "issuer", "uri"), KEYS)
def test_the_address_of_the_keys_follows_from_the_issuer(name, issuer, uri):
    assert PRESETS[name].keys(issuer) == uri


def test_every_preset_names_applications_and_tells_access_tokens_from_others():
    for preset in PRESETS.values():
        assert preset.application_claims and preset.required_claims, preset.name


def test_an_id_token_of_entra_with_roles_is_none():
    claims = {"roles": ["Health.Read"], "name": "Jane", "ver": "2.0"}
    assert not all(any(name in claims for name in each.claims) for each in PRESETS["entra"].required_claims)
    assert all(
        any(name in {**claims, "azp": "app-1"} for name in each.claims) for each in PRESETS["entra"].required_claims
    )
