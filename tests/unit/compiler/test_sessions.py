"""What a contract can say about sessions of its own, and what is held against its schemas."""

import pytest

APP = {"type": "apiKey", "in": "header", "name": "X-App-Key"}
SESSION = {"type": "http", "scheme": "bearer", "x-firstclass": {"subject": "login"}}
ANSWER = {
    "type": "object",
    "properties": {
        "token": {"type": "string"},
        "expires_in": {"type": "integer"},
        "user": {"$ref": "#/components/schemas/User"},
        "odd": {"type": ["string", "boolean"]},
        "secret": {"type": "string", "writeOnly": True},
        "pin": {"type": "string", "x-data-classification": {"category": "secret"}},
        "list": {"type": "array", "items": {"type": "string"}},
        "a/b": {"type": "string"},
    },
}
LOGIN = {"token": "/token", "subject": "/user/id"}


def contract(make, login=LOGIN, logout=True, security=None, session=SESSION, schema=ANSWER, status="200"):
    """A contract with a sign-in, a sign-out, and an operation for those who are signed in."""
    both = [{"app": [], "session": []}]
    content = {"application/json": {"schema": schema}} if schema else {"text/plain": {}}
    return make.base(
        paths={
            "/login": {
                "post": {
                    "operationId": "login",
                    "security": [{"app": []}],
                    "x-firstclass": {"login": login} if login is not None else {},
                    "responses": {status: {"description": "", "content": content}},
                }
            },
            "/logout": {
                "post": {
                    "operationId": "logout",
                    "security": both if security is None else security,
                    "x-firstclass": {"logout": logout},
                    "responses": {"204": {"description": ""}},
                }
            },
        },
        components={
            "securitySchemes": {"app": APP, "session": session},
            "schemas": {
                "User": {"type": "object", "properties": {"id": {"type": "integer"}, "tags": {"type": "object"}}}
            },
        },
    )


def test_a_sign_in_and_what_it_says(compiled, make):
    document = compiled(contract(make, {**LOGIN, "expires": "/expires_in", "lifetime": "1h"})).document
    login, logout = document["operations"]
    assert login["login"] == {
        "token": "/token",
        "subject": "/user/id",
        "expires": "/expires_in",
        "lifetime_seconds": 3600,
        "max_lifetime_seconds": 30 * 86400,
    }
    assert logout["logout"] is True and "logout" not in login and "login" not in logout
    assert {"kind": "session", "name": "session"} in document["schemes"] and "login" in document["requires"]


def test_a_long_lifetime_raises_the_longest_one(compiled, make):
    login = compiled(contract(make, {**LOGIN, "lifetime": "90d"})).document["operations"][0]["login"]
    assert login["lifetime_seconds"] == login["max_lifetime_seconds"] == 90 * 86400


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ({"token": "/token"}, "missing_key"),
        ({"subject": "/user/id"}, "missing_key"),
        ({**LOGIN, "user": "/user"}, "unknown_keyword"),
        ({**LOGIN, "token": "token"}, "pointer_invalid"),
        ({**LOGIN, "token": "/token~"}, "pointer_invalid"),
        ({**LOGIN, "token": 3}, "pointer_invalid"),
        ({**LOGIN, "token": "/tokens"}, "pointer_undeclared"),
        ({**LOGIN, "subject": "/user/id/x"}, "pointer_undeclared"),
        ({**LOGIN, "token": "/user/id"}, "login_wrong_type"),
        ({**LOGIN, "token": "/odd"}, "login_wrong_type"),
        ({**LOGIN, "subject": "/user"}, "login_wrong_type"),
        ({**LOGIN, "expires": "/token"}, "login_wrong_type"),
        ({**LOGIN, "token": "/pin"}, "login_token_hidden"),
        ({**LOGIN, "token": "/secret"}, "login_token_hidden"),
        ({**LOGIN, "lifetime": "long"}, "duration_invalid"),
        ({**LOGIN, "lifetime": "5ms"}, "duration_invalid"),
        ({**LOGIN, "lifetime": "2d", "max_lifetime": "1d"}, "duration_invalid"),
        ("/token", "wrong_type"),
    ],
)
def test_a_sign_in_that_could_teach_nothing_is_an_error(compiled, make, login, code):
    found = compiled(contract(make, login)).errors
    assert [e.code for e in found][:1] == [code] and all(e.hint and e.line for e in found)


@pytest.mark.parametrize("pointer", ["/list/0", "/a~1b", "/token"])
def test_items_and_escaped_names_can_be_pointed_at(codes, make, pointer):
    assert codes(contract(make, {**LOGIN, "token": pointer})) == []


def test_a_masked_subject_is_read_before_it_is_masked(codes, make):
    assert codes(contract(make, {**LOGIN, "subject": "/pin"})) == []


def test_an_answer_that_is_no_json_or_no_success_teaches_nothing(codes, make):
    assert codes(contract(make, schema=None)) == ["login_unreadable"]
    assert codes(contract(make, status="default")) == ["login_unreadable"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login": None}, "login_missing"),
        ({"logout": "yes"}, "wrong_type"),
        ({"security": [{"app": []}]}, "logout_without_session"),
        ({"security": [{"app": []}, {"app": [], "session": []}]}, "logout_without_session"),
        ({"security": []}, "logout_without_session"),
        ({"security": [{"app": [], "session": ["read"]}]}, "scope_on_session"),
        ({"session": {**SESSION, "x-firstclass": {"subject": "token"}}}, "wrong_value"),
        ({"session": {**SESSION, "x-firstclass": {"subject": "login", "issuer": "people"}}}, "misplaced_keyword"),
        ({"session": {**APP, "x-firstclass": {"subject": "login"}}}, "misplaced_keyword"),
    ],
)
def test_schemes_sign_ins_and_sign_outs_belong_together(compiled, make, changes, code):
    assert code in [e.code for e in compiled(contract(make, **changes)).errors]


def test_a_session_alone_is_enough_and_told(compiled, make):
    result = compiled(contract(make, security=[{"session": []}]))
    (warning,) = [each for each in result.warnings if each.code == "session_without_application"]
    assert result.errors == () and "no subscription" in warning.message
    result = compiled(contract(make, security=[{"app": [], "session": []}]))
    assert "session_without_application" not in {each.code for each in result.warnings}


def test_an_owner_and_a_rate_by_subject_know_a_session(codes, make):
    described = contract(make)
    own = {"name": "id", "in": "query", "schema": {"type": "integer"}, "x-firstclass": {"owner": "subject"}}
    out = described["paths"]["/logout"]["post"]
    out |= {"parameters": [own], "x-firstclass": {"logout": True, "rate": "5 per minute by subject"}}
    assert codes(described) == []
    out |= {"security": [{"app": []}], "x-firstclass": {}}
    assert "subject_unknown" in codes(described)
