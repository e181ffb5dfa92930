"""What an issuer's metadata shows."""

import pytest

from firstclass.inventory.issuer.metadata import find_harms, find_mismatch

SOUND = {
    "issuer": "https://login.example",
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://login.example/token",
    "jwks_uri": "https://login.example/jwks",
    "pushed_authorization_request_endpoint": "https://login.example/par",
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "authorization_response_iss_parameter_supported": True,
}


def codes(**changes):
    metadata = {**SOUND, **changes}
    return {harm.code for harm in find_harms({key: value for key, value in metadata.items() if value is not None})}


def test_a_sound_issuer_does_no_harm():
    assert codes() == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_types_supported": ["implicit"]}, "implicit_grant"),
        ({"grant_types_supported": None}, "implicit_grant"),
        ({"grant_types_supported": ["password"]}, "password_grant"),
        ({"response_types_supported": ["code", "id_token token"]}, "token_in_front_channel"),
        ({"code_challenge_methods_supported": None}, "no_s256"),
        ({"code_challenge_methods_supported": ["plain"]}, "plain_pkce"),
        ({"id_token_signing_alg_values_supported": ["ES256", "none"]}, "alg_none"),
        ({"userinfo_signing_alg_values_supported": ["HS256"]}, "symmetric_algorithm"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic", "none"]}, "client_secret_only"),
        ({"token_endpoint_auth_methods_supported": None}, "client_secret_only"),
        ({"dpop_signing_alg_values_supported": None}, "no_sender_constraint"),
        ({"pushed_authorization_request_endpoint": None}, "no_par"),
        ({"authorization_response_iss_parameter_supported": None}, "no_iss_parameter"),
        ({"registration_endpoint": "https://login.example/register"}, "open_registration"),
        ({"token_endpoint": "http://login.example/token"}, "http_endpoint"),
        ({"issuer": None}, "issuer_missing"),
        ({"grant_types_supported": "password", "issuer": 7}, "issuer_missing"),
    ],
)
def test_each_harm_is_named(changes, code):
    assert code in codes(**changes)


def test_loopback_and_other_ways_to_be_sound_do_no_harm():
    assert codes(token_endpoint="http://127.0.0.1:8081/token") == set()
    assert codes(dpop_signing_alg_values_supported=None, tls_client_certificate_bound_access_tokens=True) == set()
    assert codes(token_endpoint_auth_methods_supported=["client_secret_basic", "private_key_jwt"]) == set()
    assert codes(response_types_supported=["code", "code id_token"]) == set()


def test_every_harm_says_what_to_do():
    for harm in find_harms({}):
        assert harm.message and harm.fix and harm.member


def test_metadata_of_another_issuer_is_told():
    assert find_mismatch(SOUND, "https://login.example/") == []
    assert find_mismatch(SOUND, "https://login.example/.well-known/openid-configuration") == []
    assert [harm.code for harm in find_mismatch(SOUND, "https://other.example")] == ["issuer_mismatch"]
