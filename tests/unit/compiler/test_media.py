"""Media types of bodies and answers."""

import pytest


def _body(sound, make, content, **rest):
    return sound(make.operation(requestBody={"content": content, **rest}))["operations"][0]["body"]


OBJECT = {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}


def test_kinds_follow_from_the_media_type(sound, make):
    content = {
        "application/json": OBJECT,
        "application/vnd.x+json": OBJECT,
        "application/x-www-form-urlencoded": OBJECT,
        "image/png": {},
    }
    body = _body(sound, make, content, required=True)
    assert [(m["media_type"], next(iter(m["kind"]))) for m in body["media"]] == [
        ("application/json", "json"),
        ("application/vnd.x+json", "json"),
        ("application/x-www-form-urlencoded", "form"),
        ("image/png", "opaque"),
    ]
    assert body["required"] and body["max_bytes"] == 1 << 20


def test_the_most_specific_type_comes_first(sound, make):
    media = _body(sound, make, {"*/*": {}, "image/*": {}, "image/png": {}})["media"]
    assert [m["media_type"] for m in media] == ["image/png", "image/*", "*/*"]


def test_the_length_of_opaque_bodies_counts_bytes(sound, make):
    media = _body(sound, make, {"image/png": {"schema": {"maxLength": 10}}})["media"]
    assert media[0]["kind"] == {"opaque": {"max_bytes": 10}}


def test_parameters_and_case_of_a_media_type_do_not_matter(sound, codes, make):
    assert (
        _body(sound, make, {"Application/JSON; charset=utf-8": OBJECT})["media"][0]["media_type"] == "application/json"
    )
    twice = {"application/json": OBJECT, "application/json;charset=utf-8": OBJECT}
    assert codes(make.operation(requestBody={"content": twice})) == ["duplicate_media_type"]


def test_a_range_with_a_schema_is_read_as_json_with_a_warning(compiled, make):
    result = compiled(make.operation(responses={"200": {"description": "", "content": {"*/*": OBJECT}}}))
    media = result.document["operations"][0]["responses"][0]["media"]
    assert [m["media_type"] for m in media] == ["application/json"]
    assert [w.code for w in result.warnings] == ["media_range_with_schema"]


def test_a_schema_that_nobody_reads_is_listed(compiled, make):
    result = compiled(make.operation(responses={"200": {"description": "", "content": {"application/xml": OBJECT}}}))
    assert [item["what"] for item in result.unenforced] == ["the schema of application/xml"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"multipart/mixed": OBJECT}, "not_enforceable_yet"),
        ({"multipart/form-data": {}}, "form_schema_invalid"),
        ({"json": OBJECT}, "media_type_invalid"),
        ({"": OBJECT}, "media_type_invalid"),
        ({"application/json": 3}, "wrong_type"),
        ({"application/json": {"shcema": {}}}, "unknown_key"),
        ({"application/x-www-form-urlencoded": {"schema": {"type": "string"}}}, "form_schema_invalid"),
        ({}, "missing_key"),
        ([], "wrong_type"),
    ],
)
def test_what_a_body_cannot_be_is_an_error(codes, make, content, code):
    assert code in codes(make.operation(requestBody={"content": content}))


def test_json_without_a_schema_lets_no_property_through(compiled, make):
    result = compiled(make.operation(requestBody={"content": {"application/json": {}}}))
    assert result.document["schemas"] == [{}]
    assert [w.code for w in result.warnings] == ["schema_missing"]


def test_all_that_an_encoding_says_of_a_field_and_is_not_held_is_told(compiled, make):
    fields = {
        "a": {"style": "deepObject"},
        "b": {"explode": False},
        "c": {"contentType": "application/json"},
        "d": {"headers": {"X-A": {"schema": {"type": "string"}}}},
        "e": {"allowReserved": True},
        "f": {"style": "form", "explode": True, "contentType": "text/plain", "allowReserved": False},
    }
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    told = {}
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        body = {"content": {kind: {"schema": schema, "encoding": fields}}}
        contract = make.operation(requestBody=body)
        result = compiled(contract)
        assert not result.errors
        told[kind] = sorted(each["what"] for each in result.unenforced)
    form = "of a form's field"
    assert told["application/x-www-form-urlencoded"] == [
        *(f"allowReserved {form}", f"contentType {form}", f"headers {form}"),
        *("the style of a form's field", "the style of a form's field"),
    ]
    assert told["multipart/form-data"] == [
        *("allowReserved of a part", "explode of a part", "headers of a part", "style of a part")
    ]
