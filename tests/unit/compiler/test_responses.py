"""Answers that may leave."""

import pytest


def _responses(sound, make, answers, **components):
    return sound({**make.operation(responses=answers), "components": components})["operations"][0]["responses"]


def test_statuses_classes_and_the_default_are_kept_in_order(sound, make):
    found = _responses(
        sound, make, {"200": {"description": ""}, "4xx": {"description": ""}, "default": {"description": ""}}
    )
    assert [r["status"] for r in found] == ["200", "4XX", "default"]


def test_headers_are_lowered_in_lower_case_and_content_type_is_ignored(sound, make):
    headers = {
        "X-Total": {"required": True, "schema": {"type": "integer"}},
        "Content-Type": {"schema": {"type": "string"}},
        "ETag": {},
    }
    (found,) = _responses(sound, make, {"200": {"description": "", "headers": headers}})
    assert [(h["name"], h["required"], h["shape"]) for h in found["headers"]] == [
        ("x-total", True, {"scalar": ["integer"]}),
        ("etag", False, {"scalar": ["string"]}),
    ]


def test_references_to_responses_and_headers_are_followed(sound, make):
    responses = {"404": {"$ref": "#/components/responses/Gone"}}
    gone = {"description": "", "headers": {"X-A": {"$ref": "#/components/headers/A"}}}
    (found,) = _responses(sound, make, responses, responses={"Gone": gone}, headers={"A": {"schema": {"type": "null"}}})
    assert found["headers"][0]["shape"] == {"scalar": ["null"]}


def test_links_are_listed(compiled, make):
    result = compiled(make.operation(responses={"200": {"description": "", "links": {"next": {}}}}))
    assert [item["what"] for item in result.unenforced] == ["links"]


@pytest.mark.parametrize(
    ("responses", "code"),
    [
        ({"2000": {"description": ""}}, "status_invalid"),
        ({"6XX": {"description": ""}}, "status_invalid"),
        ({"ok": {"description": ""}}, "status_invalid"),
        ({"2XX": {"description": ""}, "2xx": {"description": ""}}, "duplicate_status"),
        ({"200": {"description": "", "schema": {}}}, "unknown_key"),
        ({"200": {"headers": {"X A": {"schema": {}}}}}, "header_name_invalid"),
        ({"200": {"headers": []}}, "wrong_type"),
        ({"200": 3}, "wrong_type"),
        ([], "wrong_type"),
    ],
)
def test_what_an_answer_cannot_be_is_an_error(codes, make, responses, code):
    assert codes(make.operation(responses=responses)) == [code]


def test_an_operation_without_answers_is_a_warning(compiled, make):
    contract = make.operation()
    del contract["paths"]["/a"]["post"]["responses"]
    assert [w.code for w in compiled(contract).warnings] == ["responses_missing"]
