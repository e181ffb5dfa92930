"""Sorting and filtering by what is hidden."""

import pytest

MASKED = {"type": "string", "maxLength": 50, "x-data-classification": {"category": "contact"}}
TEXT = {"type": "string", "maxLength": 50}


def search(audit_of, make, *parameters, **fields):
    items = make.things("title", **(fields or {"email": MASKED}))
    whole = make.answer({"type": "array", "maxItems": 9, "items": items})
    listed = [{"in": "query", **each} for each in parameters]
    return audit_of({"/things": {"get": {"parameters": listed, "responses": whole}}})


def test_values_that_name_a_hidden_field_are_said_to_reveal_it(audit_of, make):
    schema = {"type": "string", "enum": ["title", "email", "-email", "email_desc"]}
    found = search(audit_of, make, {"name": "sort", "schema": schema})
    after = found.mended("hidden_revealed").compiled
    parameter = after.document["operations"][0]["parameters"][0]
    assert after.document["schemas"][parameter["schema"]]["enum"] == schema["enum"]
    assert {each["value"] for each in parameter["reveals"]} == {"email", "-email", "email_desc"}
    assert after.warnings == found.compiled.warnings


def test_sorting_by_any_text_is_narrowed_to_what_is_shown(audit_of, make):
    found = search(audit_of, make, {"name": "order_by", "schema": TEXT})
    assert "email" in found.one("hidden_revealed").message
    after = found.mended("hidden_revealed").compiled
    table = after.document["schemas"]
    assert table[after.document["operations"][0]["parameters"][0]["schema"]]["enum"] == ["title"]


def test_who_may_see_a_field_may_filter_by_it(audit_of, make):
    found = search(audit_of, make, {"name": "page", "schema": TEXT}, {"name": "email", "schema": TEXT})
    page, email = found.mended("hidden_revealed").compiled.document["operations"][0]["parameters"]
    assert "reveals" not in page and [each["value"] for each in email["reveals"]] == [None]


def test_filtering_by_what_nobody_sees_goes(audit_of, make):
    secret = {"type": "string", "writeOnly": True, "maxLength": 9}
    found = search(
        audit_of, make, {"name": "page", "schema": TEXT}, {"name": "password", "schema": TEXT}, password=secret
    )
    after = found.mended("hidden_revealed").compiled
    assert [p["name"] for p in after.document["operations"][0]["parameters"]] == ["page"]
    chosen = search(audit_of, make, {"name": "format", "schema": TEXT}, format=secret)
    assert chosen.of("hidden_revealed") == [], "what is written alone hides nothing by itself"


@pytest.mark.parametrize(
    "name",
    [
        *("email", "e_mail", "filter[email]", "filter[email][eq]", "email__icontains", "email[like]", "where.email"),
        *("emailStartsWith", "email_from", "min_email", "search-email"),
    ],
)
def test_what_stands_around_the_name_hides_nothing(audit_of, make, name):
    search(audit_of, make, {"name": name, "schema": TEXT}).mended("hidden_revealed")


@pytest.mark.parametrize(
    "name", ["email_verified", "emailTemplate", "has_email", "mail", "title", "filter[title]", "from"]
)
def test_other_names_are_left_alone(audit_of, make, name):
    assert search(audit_of, make, {"name": name, "schema": TEXT}).of("hidden_revealed") == []


def deep(schema, **more):
    return {"name": "filter", "style": "deepObject", "explode": True, "schema": schema, **more}


def test_members_of_a_filter_are_fields(audit_of, make):
    found = search(audit_of, make, deep(make.things("title", "email", "email_lt")))
    assert "filter[email], filter[email_lt]" in found.one("hidden_revealed").message
    after = found.mended("hidden_revealed").compiled
    (parameter,) = after.document["operations"][0]["parameters"]
    assert [name for name, _ in after.document["schemas"][parameter["schema"]]["properties"]] == ["title"]


def test_a_filter_that_is_a_body_too_keeps_its_members(audit_of, make):
    person = make.things("title", email=MASKED)
    one = {"$ref": "#/components/schemas/Person"}
    listed = make.answer({"type": "array", "maxItems": 9, "items": one})
    get = {"parameters": [deep(one, **{"in": "query"})], "responses": listed}
    found = audit_of({"/people": {"get": get, "post": {"requestBody": make.takes(one)}}}, schemas={"Person": person})
    after = found.mended("hidden_revealed").compiled
    assert after.document["operations"][0]["parameters"][0]["reveals"]


def test_json_in_the_query_is_looked_into(audit_of, make):
    where = {"name": "q", "content": {"application/json": {"schema": make.things("email")}}}
    assert "q[email]" in search(audit_of, make, where).one("hidden_revealed").message


@pytest.mark.parametrize("name", ["expand", "include", "fields", "sort", "filterBy", "$orderby", "columns"])
def test_values_of_a_list_are_looked_at_too(audit_of, make, name):
    schema = {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["title", "email"]}}
    search(audit_of, make, {"name": name, "schema": schema}).mended("hidden_revealed")
    shown = {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["title"]}}
    assert search(audit_of, make, {"name": name, "schema": shown}).of("hidden_revealed") == []


def test_a_pattern_of_names_is_read(audit_of, make):
    schema = {"type": "string", "maxLength": 20, "pattern": "^-?(title|email)$"}
    found = search(audit_of, make, {"name": "sort", "schema": schema})
    assert "the pattern of sort lets email through" in found.one("hidden_revealed").message
    (action,) = found.one("hidden_revealed").actions
    assert action.update == {"enum": ["title", "-title"]}


def test_a_language_of_filters_is_for_who_may_see(audit_of, make):
    found = search(audit_of, make, {"name": "$filter", "schema": TEXT})
    after = found.mended("hidden_revealed").compiled
    assert after.document["operations"][0]["parameters"][0]["reveals"]
    assert search(audit_of, make, {"name": "expand", "schema": TEXT}).of("hidden_revealed") == [], "mostly no field"


def test_a_list_inside_of_what_wraps_it_is_looked_at(audit_of, make):
    wrapped = {"type": "object", "properties": {"data": {"type": "array", "items": make.things("title", email=MASKED)}}}
    parameter = {"name": "email", "in": "query", "schema": TEXT}
    found = audit_of({"/things": {"get": {"parameters": [parameter], "responses": make.answer(wrapped)}}})
    found.mended("hidden_revealed")


def test_what_hides_nothing_may_be_sorted(audit_of, make):
    free = {"name": "sort", "schema": TEXT}
    assert search(audit_of, make, free, email=TEXT).of("hidden_revealed") == []
    shown = {"name": "sort", "schema": {"type": "string", "enum": ["title", "-title"]}}
    assert search(audit_of, make, shown, {"name": "title", "schema": TEXT}).of("hidden_revealed") == []
    direction = {"name": "order", "schema": {"type": "string", "enum": ["asc", "desc"]}}
    assert search(audit_of, make, direction).of("hidden_revealed") == []
