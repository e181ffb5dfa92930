"""References between the files of a contract."""

import pytest


def _refers(make, reference):
    return make.operation(responses={"200": {"$ref": reference}})


FILES = {
    "parts/common.yaml": {"Ok": {"description": "", "headers": {"X-A": {"$ref": "headers.yaml#/A"}}}},
    "parts/headers.yaml": {"A": {"schema": {"type": "integer"}}},
}


def test_references_are_relative_to_their_own_file(sound, make):
    document = sound(_refers(make, "parts/common.yaml#/Ok"), files=FILES)
    assert document["operations"][0]["responses"][0]["headers"][0]["name"] == "x-a"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("#/components/responses/Nope", "dangling_reference"),
        ("parts/common.yaml#/Nope", "dangling_reference"),
        ("nowhere.yaml#/Ok", "unreadable_file"),
        ("../secret.yaml#/Ok", "reference_outside"),
        ("parts/../../secret.yaml", "reference_outside"),
        ("%2e%2e/secret.yaml", "reference_outside"),
        ("/etc/passwd", "reference_outside"),
        ("http://a.example/x.yaml#/Ok", "remote_reference"),
        ("//a.example/x.yaml", "remote_reference"),
        ("file:///etc/passwd", "remote_reference"),
        ("#anchor", "dangling_reference"),
        ("http://[", "dangling_reference"),
        (3, "wrong_type"),
    ],
)
def test_references_that_lead_nowhere_or_outside_are_errors(codes, make, reference, code):
    assert codes(_refers(make, reference), files=FILES) == [code]


def test_the_missing_part_is_named_with_a_suggestion(compiled, make):
    error = compiled(_refers(make, "parts/common.yaml#/Okk"), files=FILES).errors[0]
    assert "'Okk'" in error.message
    assert error.hint == "did you mean 'Ok'?"


def test_a_reference_that_leads_back_to_itself_is_an_error(codes, make):
    contract = {**_refers(make, "#/components/responses/A")}
    contract["components"] = {
        "responses": {"A": {"$ref": "#/components/responses/B"}, "B": {"$ref": "#/components/responses/A"}}
    }
    assert codes(contract) == ["circular_reference"]


def test_keywords_beside_a_reference_are_not_silently_ignored(codes, make):
    parameter = {"$ref": "#/components/parameters/Id", "x-firstclass": {"owner": "token.sub"}}
    contract = make.operation(parameters=[parameter])
    contract["components"] = {"parameters": {"Id": {"name": "id", "in": "query", "schema": {"type": "string"}}}}
    assert codes(contract) == ["ref_siblings"]


def test_a_path_item_may_be_a_reference(sound, make):
    item = {"get": {"operationId": "x", "security": [], "responses": {"204": {"description": ""}}}}
    document = sound(make.base(paths={"/a": {"$ref": "items.yaml#/A"}}), files={"items.yaml": {"A": item}})
    assert document["operations"][0]["id"] == "x"
