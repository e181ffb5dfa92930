"""Owners, and people of more than one user base."""

import pytest

BEARER = {"type": "http", "scheme": "bearer"}
SCHEMES = {
    "app": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "person": {**BEARER, "x-firstclass": {"issuer": "people"}},
    "partner": {**BEARER, "x-firstclass": {"issuer": "partner"}},
    "unnamed": BEARER,
    "session": {**BEARER, "x-firstclass": {"subject": "login"}},
}


def audited(audit_of, make, own, owner="token.sub", **root):
    place = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 20}}
    owned = {"x-firstclass": {"object": "user", "owner": owner}} if owner else {}
    token = {"type": "object", "properties": {"t": {"type": "string"}, "u": {"type": "string"}}}
    login = {
        "operationId": "login",
        "security": [{"app": []}],
        "responses": make.answer(token),
        "x-firstclass": {"login": {"token": "/t", "subject": "/u"}},
    }
    get = {"operationId": "getUser", "parameters": [{**place, **owned}], **({"security": own} if own else {})}
    paths = {"/users/{id}": {"get": get}, "/login": {"post": login}}
    return audit_of(paths, components={"securitySchemes": SCHEMES}, **{"security": [{"app": []}], **root})


@pytest.mark.parametrize(
    ("security", "said"),
    [
        ([{"person": []}, {"partner": []}], "the issuer people and of the issuer partner"),
        ([{"app": [], "session": []}, {"app": [], "partner": []}], "the API's own sessions and of the issuer partner"),
        ([{"session": []}, {"unnamed": []}], "the API's own sessions and of an issuer"),
    ],
)
def test_people_of_two_user_bases_are_told_with_a_way_out(audit_of, make, security, said):
    found = audited(audit_of, make, security)
    harm = found.one("subjects_mixed")
    assert f"people of {said} get in" in harm.message and "getUser" in harm.message
    assert "/security" in harm.pointer and harm.actions == ()
    (asked,) = [line for line in harm.fix.splitlines() if line.startswith("# security: ")]
    kept = {name: [] for name in security[0]}
    assert asked == "# security: [{" + ", ".join(f"{name}: []" for name in kept) + "}]"
    assert audited(audit_of, make, [kept]).of("subjects_mixed") == []


def test_security_of_the_whole_contract_is_told_once_where_it_stands(audit_of, make):
    harm = audited(audit_of, make, None, security=[{"person": []}, {"partner": []}]).one("subjects_mixed")
    assert harm.pointer == "/security"


@pytest.mark.parametrize(
    "security",
    [
        [{"app": []}, {"person": []}],
        [{"app": [], "person": []}, {"person": []}],
        [{"unnamed": []}, {"person": []}],
        [{"session": []}],
    ],
)
def test_one_user_base_is_no_harm(audit_of, make, security):
    assert audited(audit_of, make, security).of("subjects_mixed") == []


def test_without_an_owner_nobody_is_taken_for_anybody(audit_of, make):
    assert audited(audit_of, make, [{"person": []}, {"partner": []}], owner=None).of("subjects_mixed") == []
