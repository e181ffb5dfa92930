"""Passwords that may be tried without end."""

import pytest


@pytest.mark.parametrize("path", ["/login", "/auth/token", "/v1/sign-in", "/anmeldung", "/password/reset"])
@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_sign_in_gets_a_rate(audit_of, make, path, media_type):
    body = make.takes(make.things("email", "password"), media_type)
    found = audit_of({path: {"post": {"requestBody": body}}})
    after = found.mended("sign_in_unlimited").compiled
    assert after.document["operations"][0]["rates"]


def test_a_rate_that_is_there_is_enough(audit_of, make):
    body = make.takes(make.things("email", "password"))
    limited = {"x-firstclass": {"rate": "5 per minute by address"}}
    assert audit_of({"/login": {"post": {"requestBody": body, **limited}}}).of("sign_in_unlimited") == []


def test_setting_a_password_is_no_sign_in(audit_of, make):
    body = make.takes(make.things("password"))
    assert audit_of({"/documents": {"post": {"requestBody": body}}}).of("sign_in_unlimited") == []
