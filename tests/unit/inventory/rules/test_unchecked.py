"""Credentials that the API alone checks."""

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
UNCHECKED = {"x-firstclass": {"pass": "unchecked"}}


def components(**schemes):
    return {"securitySchemes": {name: {**scheme, **UNCHECKED} for name, scheme in schemes.items()}}


def test_a_scheme_that_lets_in_by_itself_is_told_once(audit_of):
    found = audit_of({"/a": {"get": {}, "post": {}}}, security=[{"k": []}], components=components(k=KEY))
    harm = found.one("credential_unchecked")
    assert "GET /a" not in harm.message and "any text for k" in harm.message
    assert "import csv" in harm.fix and harm.actions == (), "a fix that locks callers out is a person's to choose"
    assert found.of("no_credential") == []


def test_beside_a_credential_of_ours_it_is_no_harm(audit_of):
    schemes = {**components(k=KEY)["securitySchemes"], "ours": {**KEY, "name": "X-App-Key"}}
    found = audit_of({"/a": {"get": {}}}, security=[{"k": [], "ours": []}], components={"securitySchemes": schemes})
    assert found.of("credential_unchecked") == []


def test_tokens_and_passwords_have_ways_of_their_own(audit_of):
    token, basic = {"type": "http", "scheme": "bearer"}, {"type": "http", "scheme": "basic"}
    found = audit_of({"/a": {"get": {}}}, security=[{"t": []}, {"b": []}], components=components(t=token, b=basic))
    fixes = {harm.sample: harm.fix for harm in found.of("credential_unchecked")}
    assert "issuers:" in fixes["t"] and "keys issue" in fixes["b"]


def test_a_fix_of_open_operations_asks_for_no_unchecked_credential(audit_of):
    paths = {"/a": {"get": {}}, "/b": {"post": {"security": []}}}
    found = audit_of(paths, security=[{"k": []}], components=components(k=KEY))
    after = found.mended("no_credential").compiled.document
    (way,) = after["operations"][1]["access"]["any_of"]
    assert after["schemes"][way[0]["scheme"]]["kind"] == "key"


def test_a_stranger_is_told_what_any_text_opens(audit_of):
    found = audit_of({"/a": {"get": {}}}, security=[{"k": []}], components=components(k=KEY))
    assert "with any text for a credential" in found.audit.reach.stranger.sentence


def test_a_cookie_of_the_apis_is_no_secret_in_a_url(audit_of):
    cookie, query = {**KEY, "in": "cookie"}, {**KEY, "in": "query"}
    found = audit_of({"/a": {"get": {}}}, security=[{"c": []}, {"q": []}], components=components(c=cookie, q=query))
    assert "'q'" in found.one("secret_in_url").message
