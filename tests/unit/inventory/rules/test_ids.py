"""Ids that can be changed or counted up."""

import pytest

NUMBER = {"type": "integer"}


def at(name, schema=None, place="path", **more):
    return {"name": name, "in": place, "required": True, "schema": schema or NUMBER, **more}


@pytest.mark.parametrize("schema", [NUMBER, {"type": "string", "maxLength": 9}, {"type": "string", "format": "uuid"}])
@pytest.mark.parametrize("path", ["/users/{userId}", "/customers/{id}", "/kunden/{kunde_nr}", "/members/{member-id}"])
def test_the_id_of_a_person_needs_an_owner(audit_of, path, schema):
    name = path.partition("{")[2].rstrip("}")
    found = audit_of({path: {"parameters": [at(name, schema)], "get": {}, "put": {}}})
    harm = found.one("id_without_owner")
    assert harm.pointer.endswith("/parameters/0") and harm.operations == {0, 1}
    after = found.mended("id_without_owner").compiled
    assert after.errors == () and after.document["operations"][0]["parameters"][0]["owner"] == "sub"


def test_a_token_that_is_there_is_not_asked_for_again(audit_of):
    both = [{"apiKey": [], "people": []}]
    found = audit_of({"/users/{userId}": {"parameters": [at("userId")], "get": {"security": both}}})
    assert [action.target for action in found.one("id_without_owner").actions] == [
        "$.paths['/users/{userId}'].parameters[0]"
    ]
    found.mended("id_without_owner")


def test_the_owner_in_an_answer_is_what_is_compared(audit_of, make):
    card = make.things("title", customerId=NUMBER)
    item = {"parameters": [at("cardId")], "get": {"responses": make.answer({"$ref": "#/components/schemas/Card"})}}
    found = audit_of({"/cards/{cardId}": item}, schemas={"Card": card})
    harm = found.one("id_without_owner")
    assert "customerId" in harm.message and "$.components.schemas.Card.properties.customerId" in harm.fix
    after = found.mended("id_without_owner")
    assert after.of("id_walkable") == []


def test_a_shared_schema_asks_for_a_token_wherever_it_leads(audit_of, make):
    card = make.things("title", customerId=NUMBER)
    one = make.answer({"$ref": "#/components/schemas/Card"})
    many = make.answer({"type": "array", "maxItems": 9, "items": {"$ref": "#/components/schemas/Card"}})
    paths = {
        "/cards/{cardId}": {"parameters": [at("cardId")], "get": {"responses": one}},
        "/cards": {"get": {"responses": many}},
    }
    assert audit_of(paths, schemas={"Card": card}).mended("id_without_owner").compiled.errors == ()


def test_a_number_without_any_owner_gets_a_rate(audit_of, make):
    item = {"parameters": [at("productId")], "get": {"responses": make.answer(make.things("title"))}}
    found = audit_of({"/products/{productId}": item})
    assert "every product" in found.one("id_walkable").message
    found.mended("id_walkable")


def test_many_operations_get_one_rate(audit_of):
    shared = {"$ref": "#/components/parameters/Thing"}
    paths = {f"/v{i}/things/{{thingId}}": {"parameters": [shared], "get": {}} for i in range(20)}
    whole = {
        "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        "parameters": {"Thing": at("thingId")},
    }
    found = audit_of(paths, components=whole)
    harm = found.one("id_walkable")
    assert [action.target for action in harm.actions] == ["$"] and len(harm.operations) == 20
    found.mended("id_walkable")


def test_text_of_digits_is_a_number(audit_of):
    digits = {"type": "string", "pattern": "^[0-9]{1,9}$"}
    assert audit_of({"/products/{id}": {"parameters": [at("id", digits)], "get": {}}}).of("id_walkable")


@pytest.mark.parametrize("schema", [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 40}])
def test_ids_that_cannot_be_counted_are_left_alone(audit_of, schema):
    found = audit_of({"/products/{id}": {"parameters": [at("id", schema)], "get": {}}})
    assert found.of("id_walkable") == found.of("id_without_owner") == []


def test_below_an_owned_id_nothing_is_told(audit_of):
    mine = at("customerId", **{"x-firstclass": {"owner": "token.sub"}})
    both = [{"apiKey": [], "people": []}]
    paths = {"/customers/{customerId}/cards/{cardId}": {"parameters": [mine, at("cardId")], "get": {"security": both}}}
    found = audit_of(paths)
    assert found.compiled.errors == () and found.of("id_walkable") == found.of("id_without_owner") == []


def test_names_that_are_no_ids_are_left_alone(audit_of):
    text = {"type": "string", "maxLength": 9}
    paths = {"/{lang}/pages/{slug}": {"parameters": [at("lang", text), at("slug", text)], "get": {}}}
    found = audit_of(paths)
    assert found.of("id_walkable") == found.of("id_without_owner") == []


def test_a_person_in_the_query_is_told(audit_of):
    found = audit_of({"/orders": {"get": {"parameters": [at("userId", place="query")]}}})
    assert "query parameter userId" in found.one("id_without_owner").message
    found.mended("id_without_owner")


TEXT = {"type": "string", "maxLength": 30}


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("/users/{username}", "preferred_username"),
        ("/users/{user}", "sub"),
        ("/customers/{email}/orders", "email"),
        ("/customers/{customerEmail}", "email"),
        ("/patients/{patientCode}", "sub"),
        ("/members/{code}", "sub"),
        ("/shop/{buyer_login}", "preferred_username"),
    ],
)
def test_a_person_named_by_what_others_know_needs_an_owner(audit_of, path, claim):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].partition("}")[0], TEXT)], "get": {}}})
    harm = found.one("id_without_owner")
    assert "by what others know or guess" in harm.message and f"owner: token.{claim}" in harm.fix
    assert (f"in the claim {claim};" in harm.fix.replace("\n# ", " ")) == (claim != "sub")
    after = found.mended("id_without_owner").compiled
    assert after.document["operations"][0]["parameters"][0]["owner"] == claim


@pytest.mark.parametrize("path", ["/contacts/{email}", "/teachers/{teacher_code}", "/profiles/{handle}"])
def test_a_person_of_somebody_else_gets_a_rate(audit_of, path):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].partition("}")[0], TEXT)], "get": {}}})
    assert "can try them all" in found.one("id_guessable").message and found.of("id_without_owner") == []
    found.mended("id_guessable")


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/repos/{owner}", TEXT),
        ("/currencies/{code}", TEXT),
        ("/projects/{slug}", TEXT),
        ("/repositories/{username}", TEXT),
        ("/users/{code}", {"type": "string", "enum": ["admin", "guest"]}),
        ("/users/{status}", TEXT),
    ],
)
def test_what_names_no_person_is_left_alone(audit_of, path, schema):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].rstrip("}"), schema)], "get": {}}})
    assert found.of("id_guessable") == found.of("id_without_owner") == []


def test_a_persons_address_in_the_query_is_told(audit_of):
    found = audit_of({"/orders": {"get": {"parameters": [at("customerEmail", TEXT, "query")]}}})
    assert "query parameter customerEmail names a customer" in found.one("id_without_owner").message
    assert audit_of({"/users": {"get": {"parameters": [at("email", TEXT, "query")]}}}).of("id_without_owner") == []


def test_an_object_whose_answer_says_whose_it_is_may_go_by_a_code(audit_of, make):
    order = make.answer(make.things("title", customerId=NUMBER))
    found = audit_of({"/orders/{orderRef}": {"parameters": [at("orderRef", TEXT)], "get": {"responses": order}}})
    assert "customerId" in found.one("id_without_owner").message


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("/users/by/{email}", "email"),
        ("/users/by-email/{email}", "email"),
        ("/users/email/{email}", "email"),
        ("/customers/by-phone/{value}", "phone_number"),
        ("/users/lookup/by/{username}", "preferred_username"),
        ("/userByName/{username}", "preferred_username"),
        ("/accounts/{email}/status", "email"),
        ("/accounts/by/{username}", "preferred_username"),
    ],
)
def test_a_person_who_is_found_by_a_name_needs_an_owner(audit_of, path, claim):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].partition("}")[0], TEXT)], "get": {}}})
    harm = found.one("id_without_owner")
    assert "by what others know or guess" in harm.message and f"owner: token.{claim}" in harm.fix
    after = found.mended("id_without_owner").compiled
    assert after.document["operations"][0]["parameters"][0]["owner"] == claim


@pytest.mark.parametrize("path", ["/newsletters/{email}", "/lookup/{phoneNumber}", "/bounces/by/{email}"])
def test_an_address_names_a_person_wherever_it_stands(audit_of, path):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].partition("}")[0], TEXT)], "get": {}}})
    assert "names a person" in found.one("id_guessable").message and found.of("id_without_owner") == []
    found.mended("id_guessable")


@pytest.mark.parametrize(
    "path",
    [
        "/users/email/{token}",
        "/users/login/{provider}",
        "/service-accounts/{email}",
        "/packages/by-name/{name}",
        "/users/mobile/{version}",
        "/repositories/by/{username}",
    ],
)
def test_what_is_only_near_a_person_is_left_alone(audit_of, path):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].rstrip("}"), TEXT)], "get": {}}})
    assert found.of("id_guessable") == found.of("id_without_owner") == []


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/{accountId}/statement",
        "/accounts/{account}/transactions/{transactionId}",
        "/wallets/{id}/balance",
        "/orders/{orderId}/invoices",
        "/konten/{kontoNr}/kontoauszug",
    ],
)
def test_what_lies_below_somebodys_object_needs_an_owner(audit_of, path):
    names = [part.rstrip("}") for part in path.split("{")[1:]]
    names = [name.partition("}")[0] for name in names]
    found = audit_of({path: {"parameters": [at(name, TEXT) for name in names], "get": {}}})
    harm = found.one("id_without_owner")
    assert harm.pointer.endswith("/parameters/0") and "is nobody else's" in harm.message
    said = harm.fix.replace("\n# ", " ")
    if path.startswith("/orders"):
        assert harm.actions == () and "owner: token.order_id" in said and "let the answers say whose it is" in said
    else:
        assert "in the claim" in said
        found.mended("id_without_owner")


def test_below_an_object_whose_answer_says_whose_it_is_nothing_is_free(audit_of, make):
    boat = make.answer(make.things("title", customerId=NUMBER))
    paths = {
        "/boats/{boatId}": {"parameters": [at("boatId", TEXT)], "get": {"responses": boat}},
        "/boats/{boatId}/logbook": {"parameters": [at("boatId", TEXT)], "get": {}, "delete": {}},
        "/boats/{boatId}/crew/{name}": {"parameters": [at("boatId", TEXT), at("name", TEXT)], "get": {}},
    }
    (below,) = [each for each in audit_of(paths).of("id_without_owner") if "below it" in each.message]
    assert below.operations == {1, 2, 3} and "customerId" in below.message and below.actions == ()


def test_an_answer_below_may_say_whose_it_is_itself(audit_of, make):
    log = make.answer(make.things("title", customerId=NUMBER))
    found = audit_of({"/boats/{boatId}/logbook": {"parameters": [at("boatId", TEXT)], "get": {"responses": log}}})
    assert "properties.customerId" in found.one("id_without_owner").fix
    found.mended("id_without_owner")


@pytest.mark.parametrize(
    "path", ["/accounts/{accountId}/plugins", "/products/{productId}/documents", "/boats/{boatId}/payments"]
)
def test_below_what_is_nobodys_nothing_is_told(audit_of, path):
    found = audit_of({path: {"parameters": [at(path.partition("{")[2].partition("}")[0], TEXT)], "get": {}}})
    assert found.of("id_without_owner") == []


def test_a_person_is_told_once_for_what_lies_below(audit_of):
    both = [at("userId", TEXT), at("accountId", TEXT)]
    found = audit_of({"/users/{userId}/accounts/{accountId}/statement": {"parameters": both, "get": {}}})
    assert "{userId}" in found.one("id_without_owner").message
