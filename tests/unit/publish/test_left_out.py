"""What is left out of calls, in documents and in words."""

import pytest

from firstclass.publish.left_out import in_json, in_words, thing, why
from firstclass.storage.counts import PlaceCount


def left(rule_class: str, place: str | None, name: str, calls: int) -> PlaceCount:
    return PlaceCount("getUser", "", rule_class, place, name, "left_out", calls, 1, "", "")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"in": "body", "pointer": "/customer/nickname"}, "/customer/nickname"),
        ({"in": "body", "pointer": ""}, "the body"),
        ({"in": "header", "name": "x-tenant"}, "header x-tenant"),
        ({"in": "cookie", "name": "*"}, "cookie *"),
        ({"in": None, "name": "*"}, "further things"),
    ],
)
def test_a_thing_has_a_name(found: dict[str, str], words: str) -> None:
    assert thing(found) == words


def test_requests_and_answers_are_told_apart() -> None:
    assert why("parameters") == "left out of requests because the contract does not declare it"
    assert why("conformance") == "left out of answers because the contract does not declare it"


def test_a_person_reads_each_thing_once_below_its_operation() -> None:
    found = [left("conformance", "body", "/customer/nickname", 1204), left("parameters", "header", "x-tenant", 1)]
    found += [left("conformance", "body", f"/a{number}", 1) for number in range(6)]
    assert list(in_words(in_json(found), {"getUser": "GET /users/{id}"})) == [
        "getUser (GET /users/{id}): left out of answers because the contract does not declare it:",
        "  /customer/nickname (1,204 times)",
        *(f"  /a{number} (1 time)" for number in range(4)),
        "  and 2 more: --json",
        "getUser (GET /users/{id}): left out of requests because the contract does not declare it:",
        "  header x-tenant (1 time)",
    ]


def test_a_failure_without_its_body_is_a_line_of_its_own() -> None:
    found = [left("conformance", "status", "404", 30), left("conformance", "failure", "422", 1)]
    assert list(in_words(in_json(found), {"getUser": "GET /users/{id}"})) == [
        "getUser (GET /users/{id}): 404 is not declared: its body is replaced (30 times)",
        "getUser (GET /users/{id}): 422 is declared with another body than it has, or none: its body does not leave"
        " (1 time)",
    ]


def test_of_one_operation_few_things_are_listed() -> None:
    assert len(in_json([left("conformance", "body", f"/a{number}", 1) for number in range(50)])) == 20
