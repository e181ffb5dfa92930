"""Sorting and filtering by what is hidden."""

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


def test_filtering_by_a_hidden_field_goes(audit_of, make):
    found = search(audit_of, make, {"name": "page", "schema": TEXT}, {"name": "email", "schema": TEXT})
    after = found.mended("hidden_revealed").compiled
    assert [p["name"] for p in after.document["operations"][0]["parameters"]] == ["page"]


def test_what_hides_nothing_may_be_sorted(audit_of, make):
    free = {"name": "sort", "schema": TEXT}
    assert search(audit_of, make, free, email=TEXT).of("hidden_revealed") == []
    shown = {"name": "sort", "schema": {"type": "string", "enum": ["title", "-title"]}}
    assert search(audit_of, make, shown, {"name": "title", "schema": TEXT}).of("hidden_revealed") == []
    direction = {"name": "order", "schema": {"type": "string", "enum": ["asc", "desc"]}}
    assert search(audit_of, make, direction).of("hidden_revealed") == []
