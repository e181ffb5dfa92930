"""Fields that leave unmasked and look as if they should not."""

import pytest

TEXT = {"type": "string", "maxLength": 50}


def person(audit_of, make, version="3.1.0", required=(), **fields):
    whole = {"type": "object", "properties": fields, **({"required": list(required)} if required else {})}
    got = {"get": {"operationId": "getIt", "responses": make.answer({"$ref": "#/components/schemas/Customer"})}}
    return audit_of({"/customers/self": got}, version=version, schemas={"Customer": whole})


@pytest.mark.parametrize(
    ("name", "schema", "category", "masking"),
    [
        ("email", TEXT, "contact", {"strategy": "partial", "keep": "first-1"}),
        ("contact", {**TEXT, "format": "email"}, "contact", {"strategy": "remove"}),
        ("mobilePhone", TEXT, "contact", {"strategy": "partial", "keep": "last-2"}),
        ("Telefonnummer", TEXT, "contact", {"strategy": "partial", "keep": "last-2"}),
        ("geburtsdatum", {"type": "string", "format": "date"}, "identity", {"strategy": "remove"}),
        ("date_of_birth", TEXT, "identity", {"strategy": "full"}),
        ("iban", TEXT, "financial", {"strategy": "partial", "keep": "last-4"}),
        ("credit_card_number", TEXT, "financial", {"strategy": "partial", "keep": "last-4"}),
        ("cvv", TEXT, "financial", {"strategy": "full"}),
        ("bsn", TEXT, "identity", {"strategy": "partial", "keep": "last-4"}),
        ("ssn", {"type": "integer"}, "identity", {"strategy": "remove"}),
        ("nombre", TEXT, "identity", {"strategy": "full"}),
        ("achternaam", TEXT, "identity", {"strategy": "full"}),
        ("address", {"type": "object", "properties": {"street": TEXT}}, "contact", {"strategy": "remove"}),
        ("latitude", {"type": "number"}, "location", {"strategy": "remove"}),
        ("salary", {"type": "number"}, "financial", {"strategy": "remove"}),
        ("emails", {"type": "array", "items": TEXT}, "contact", {"strategy": "remove"}),
    ],
)
def test_a_field_gets_a_category_and_a_mask_that_fits(audit_of, make, name, schema, category, masking):
    found = person(audit_of, make, **{name: schema})
    harm = found.one("classified_unmasked")
    said = harm.actions[-1].update["x-data-classification"]
    assert (said["category"], said["masking"]) == (category, masking)
    assert harm.pointer == f"/components/schemas/Customer/properties/{name}" and "getIt" in harm.message
    after = found.mended("classified_unmasked").compiled
    assert after.errors == () and [w for w in after.warnings if w.code == "mask_breaks_schema"] == []


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("emailVerified", {"type": "boolean"}),
        ("emailTemplateId", TEXT),
        ("phoneCount", {"type": "integer"}),
        ("addressCount", {"type": "integer"}),
        ("status", TEXT),
        ("title", TEXT),
        ("createdAt", TEXT),
        ("companyName", TEXT),
        ("fileName", TEXT),
        ("nextPageToken", TEXT),
        ("totalTokens", {"type": "integer"}),
        ("csrfToken", TEXT),
        ("hasPassword", {"type": "boolean"}),
        ("macAddress", TEXT),
        ("gender", {"enum": ["f", "m", "x"]}),
    ],
)
def test_what_only_sounds_like_it_is_left_alone(audit_of, make, name, schema):
    found = person(audit_of, make, **{name: schema})
    assert found.of("classified_unmasked") == found.of("credential_returned") == []


def test_a_name_counts_where_it_is_a_persons(audit_of, make):
    paths = {"/p": {"get": {"responses": make.answer({"$ref": "#/components/schemas/Product"})}}}
    assert audit_of(paths, schemas={"Product": make.things("name", "address")}).of("classified_unmasked") == []
    assert person(audit_of, make, name=TEXT).of("classified_unmasked")


def test_a_field_that_is_classified_is_decided(audit_of, make):
    masked = {**TEXT, "x-data-classification": {"category": "contact"}}
    public = {**TEXT, "x-data-classification": {"category": "contact", "sensitivity": "public"}}
    assert person(audit_of, make, email=masked, phone=public).of("classified_unmasked") == []


def test_what_callers_only_send_is_left_alone(audit_of, make):
    assert person(audit_of, make, password={**TEXT, "writeOnly": True}).of("credential_returned") == []
    found = audit_of({"/a": {"post": {"requestBody": make.takes(make.things("email", "password"))}}})
    assert found.of("classified_unmasked") == found.of("credential_returned") == []


@pytest.mark.parametrize("name", ["password", "api_key", "clientSecret", "refreshToken", "wachtwoord"])
def test_a_credential_in_an_answer_is_grave(audit_of, make, name):
    found = person(audit_of, make, **{name: TEXT})
    assert found.one("credential_returned").actions[-1].update["x-data-classification"]["masking"] == {
        "strategy": "remove"
    }
    found.mended("credential_returned")


def test_a_sign_in_may_answer_with_its_token(audit_of, make):
    session = {"post": {"operationId": "signIn", "responses": make.answer(make.things("token"))}}
    assert audit_of({"/sign-in": session}).of("credential_returned") == []
    read = {"get": {"operationId": "getIt", "responses": make.answer(make.things("token"))}}
    assert audit_of({"/devices": read}).of("credential_returned")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_reference_is_classified_where_it_stands(audit_of, make, version):
    """Masking the shared text would mask every field that is written with it."""
    whole = {"type": "object", "properties": {k: {"$ref": "#/components/schemas/Text"} for k in ("email", "colour")}}
    got = {"get": {"responses": make.answer({"$ref": "#/components/schemas/Customer"})}}
    found = audit_of({"/self": got}, version=version, schemas={"Customer": whole, "Text": TEXT})
    after = found.mended("classified_unmasked").compiled
    masked = [name for s in after.document["schemas"] for name, i in s.get("properties", ()) if is_masked(after, i)]
    assert masked == ["email"]


def is_masked(compiled, index):
    schema = compiled.document["schemas"][index]
    return "mask" in schema


def test_xml_beside_json_is_taken_away_for_nobody_could_mask_it(audit_of, make):
    whole = {"schema": {"$ref": "#/components/schemas/Customer"}}
    content = {"application/json": whole, "application/xml": whole}
    got = {"get": {"responses": {"200": {"description": "", "content": content}}}}
    found = audit_of({"/self": got}, schemas={"Customer": make.things("email")})
    assert "application/xml" in found.one("classified_unmasked").fix
    assert found.mended("classified_unmasked").compiled.errors == ()


def test_xml_alone_is_told_and_not_broken(audit_of, make):
    whole = {"$ref": "#/components/schemas/Customer"}
    paths = {
        "/json": {"get": {"responses": make.answer(whole)}},
        "/xml": {"get": {"responses": make.answer(whole, "application/xml")}},
    }
    harm = audit_of(paths, schemas={"Customer": make.things("email")}).one("classified_unmasked")
    assert harm.actions == () and harm.fix.startswith("#")


def test_another_file_is_beyond_an_overlay(audit_of, make):
    paths = {"/self": {"get": {"responses": make.answer({"$ref": "shared.json#/Customer"})}}}
    found = audit_of(paths, files={"shared.json": {"Customer": make.things("email")}})
    harm = found.one("classified_unmasked")
    assert harm.file == "shared.json" and harm.actions == () and "shared.json" in harm.fix


def test_what_is_the_callers_own_may_be_seen(audit_of, make):
    """Its name and telephone number; not a payment card, which no screen needs whole."""
    mine = {"name": "customerId", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}}
    mine["x-firstclass"] = {"owner": "token.sub"}
    got = {
        "security": [{"apiKey": [], "people": []}],
        "responses": make.answer({"$ref": "#/components/schemas/Customer"}),
    }
    paths = {"/customers/{customerId}": {"parameters": [mine], "get": got}}
    schemas = {"Customer": make.things("name", "phone", "iban")}
    assert [harm.sample for harm in audit_of(paths, schemas=schemas).of("classified_unmasked")] == ["Customer.iban"]
    paths["/customers"] = {"get": {"responses": got["responses"]}}
    assert len(audit_of(paths, schemas=schemas).of("classified_unmasked")) == 3
