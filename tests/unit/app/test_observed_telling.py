"""What `dev` says about calls that enforce would refuse."""

import pytest

from firstclass.app.observed_telling import sentence
from firstclass.base.modes import RULE_CLASSES
from firstclass.publish.modes import ApiModes, OperationModes
from firstclass.storage.counts import PlaceCount


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            PlaceCount("patchUser", "allow", "bodies", "body", "/shoe", "undeclared", 12, 2, "", ""),
            "PATCH /v1/users/{id}: body /shoe is undeclared; enforce would answer 400 — 12 calls from 2 applications",
        ),
        (
            PlaceCount("patchUser", "allow", "parameters", "query", "page", "maximum", 1, 0, "", ""),
            "PATCH /v1/users/{id}: query page breaks maximum; enforce would answer 400 — 1 call",
        ),
        (
            PlaceCount("patchUser", "allow", "conformance", "body", "/id", "type", 3, 1, "", ""),
            "PATCH /v1/users/{id}: the answer's body /id breaks type; responses: strict would answer 502"
            " — 3 calls from 1 application",
        ),
        (
            PlaceCount("patchUser", "allow", "conformance", "body", "", "status", 3, 1, "", ""),
            "PATCH /v1/users/{id}: the answer's status is undeclared; enforce would answer 502"
            " — 3 calls from 1 application",
        ),
        (
            PlaceCount("patchUser", "allow", "conformance", "body", "/nickname", "left_out", 12, 2, "", ""),
            "PATCH /v1/users/{id}: left out of answers because the contract does not declare it: /nickname"
            " — 12 calls from 2 applications",
        ),
        (
            PlaceCount("patchUser", "allow", "parameters", "header", "x-tenant", "left_out", 1, 0, "", ""),
            "PATCH /v1/users/{id}: left out of requests because the contract does not declare it: header x-tenant"
            " — 1 call",
        ),
        (
            PlaceCount("patchUser", "allow", "conformance", "status", "404", "left_out", 30, 0, "", ""),
            "PATCH /v1/users/{id}: 404 is not declared: its body is replaced — 30 calls",
        ),
        (
            PlaceCount("patchUser", "deny", "answers", "media_type", "text/html", "media_type", 3, 1, "", ""),
            "PATCH /v1/users/{id}: the answer is a 502 in every mode: its media type text/html is not declared; declare"
            " it under content of the response (what is no JSON leaves unread), or correct the API"
            " — 3 calls from 1 application",
        ),
        (
            PlaceCount("", "deny", "operations", "path", "GET /v1/users/{n}/shoes", "undeclared", 3, 0, "", ""),
            "GET /v1/users/{n}/shoes is undeclared, and refused in every mode — 3 calls",
        ),
        (
            PlaceCount("", "deny", "operations", "path", "DELETE /v1/users/{id}", "undeclared", 3, 0, "", ""),
            "DELETE /v1/users/{id}: the contract has this path, not this method: refused in every mode — 3 calls",
        ),
    ],
)
def test_a_kind_is_one_sentence(place: PlaceCount, words: str) -> None:
    declared = dict.fromkeys(RULE_CLASSES, 0)
    operation = OperationModes("patchUser", "PATCH", "/users/{id}", strict=False, declared=declared, stored={})
    assert sentence(ApiModes("users", "c1", "/v1", (operation,)), place) == words
