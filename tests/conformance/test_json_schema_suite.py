"""The JSON Schema Test Suite through compiler and engine, as bodies of requests and as strict answers.

Objects are closed: a member that the schema does not name is refused in a request and dropped from an answer; what must
leave is computed (`naming`), not listed. What else differs is listed by name with its reason, and every number is
asserted, so that nothing vanishes unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running import Running, compile_files, running
from schema_suite import LISTED, VERSIONS, Documents, Example, Group, read_groups, referred_to

from firstclass.compiler import Compiled
from firstclass.engine.cases.origin import Reply

Json = Any
JSON = [("Content-Type", "application/json")]
# By dialect: schemas, their tests, schemas that do not compile, and tests with the opposite verdict.
COUNTS = {"draft2020-12": (461, 2225, 7, 152), "draft4": (199, 937, 16, 1)}


def contract(dialect: str, schemas: dict[str, str], documents: Documents) -> Json:
    """A contract with an operation each way for every schema (name: file), and the documents that they refer to."""
    paths = {}
    for name, file in schemas.items():
        content = {"application/json": {"schema": {"$ref": file}}}
        paths[f"/g{name}"] = {
            "post": {
                "operationId": f"send{name}",
                "requestBody": {"required": True, "content": content},
                "responses": {"204": {"description": "Fine."}},
            },
            "get": {"operationId": f"fetch{name}", "responses": {"200": {"description": "Fine.", "content": content}}},
        }
    about = {"openapi": VERSIONS[dialect], "info": {"title": "Suite", "version": "1"}, "security": []}
    inside = {f"d{i}": document for i, document in enumerate(documents.values())}
    return {
        **about,
        "x-firstclass": {"responses": "strict"},
        "paths": paths,
        "components": {"schemas": inside},
    }


@dataclass
class Suite:
    """The groups that compile, behind an engine; the others by the code of their first error."""

    dialect: str
    gateway: Running
    groups: dict[str, Group]
    not_compiled: dict[str, str]
    compiled: dict[str, Compiled]


def compile_alone(dialect: str, group: Group, documents: Documents) -> Compiled:
    alone = {"schema.json": group.schema, "contract.json": contract(dialect, {"": "schema.json"}, documents)}
    return compile_files(alone)


@pytest.fixture(scope="module", params=VERSIONS)
def suite(request: pytest.FixtureRequest, test_data: Path) -> Iterator[Suite]:
    dialect = request.param
    documents = referred_to(test_data, dialect)
    groups, not_compiled, compiled = {}, {}, {}
    for i, group in enumerate(read_groups(test_data, dialect)):
        result = compile_alone(dialect, group, {})
        if result.errors:
            result = compile_alone(dialect, group, documents)
        if result.errors:
            not_compiled[group.title] = result.errors[0].code
        else:
            groups[str(i)], compiled[str(i)] = group, result
    files = {f"g{name}.json": group.schema for name, group in groups.items()}
    files["contract.json"] = contract(dialect, {name: f"g{name}.json" for name in groups}, documents)
    with running(files) as gateway:
        yield Suite(dialect, gateway, groups, not_compiled, compiled)


def test_nothing_of_the_suite_has_vanished(suite: Suite, test_data: Path) -> None:
    groups = read_groups(test_data, suite.dialect)
    tests = [test for group in groups for test in group.tests]
    listed = [title for entry in LISTED[suite.dialect]["opposite"] for title in entry["tests"]]
    assert (len(groups), len(tests), len(suite.not_compiled), len(listed)) == COUNTS[suite.dialect]
    assert len(suite.groups) == len(groups) - len(suite.not_compiled)
    assert sorted(test.title for test in tests if test.listed) == sorted(listed)


def test_every_schema_that_does_not_compile_is_listed_by_name(suite: Suite) -> None:
    entries = LISTED[suite.dialect]["not_compiled"]
    assert suite.not_compiled == {title: entry["code"] for entry in entries for title in entry["schemas"]}


def each(suite: Suite) -> Iterator[tuple[str, Group, Example]]:
    for name, group in suite.groups.items():
        for test in group.tests:
            yield name, group, test


def same(a: Json, b: Json) -> bool:
    """As JSON texts: `1` and `1.0` and `true` are three things here."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def test_requests_are_judged_as_the_suite_says_and_closed(suite: Suite) -> None:
    gateway, wrong = suite.gateway, []
    gateway.origin.reply = Reply(status=204, headers=[], body=b"")
    for name, group, test in each(suite):
        gateway.origin.take()
        answer = gateway.call("POST", f"/g{name}", JSON, test.body)
        seen = [arrived.body for arrived in gateway.origin.take()]
        if group.holds(test) and same(group.as_it_leaves(test)[1], test.data):
            right = answer.status == 204 and seen == [test.body]
        else:
            right = answer.status == 400 and seen == []
            if right and group.holds(test):
                right = {v["keyword"] for v in json.loads(answer.body)["violations"]} == {"undeclared"}
        if not right:
            wrong.append(f"{test.title}: {test.body[:100]!r} got {answer.status} {answer.body[:300]!r}, origin {seen}")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def test_answers_leave_exactly_as_computed(suite: Suite) -> None:
    gateway, wrong = suite.gateway, []
    for name, group, test in each(suite):
        gateway.origin.reply = Reply(headers=JSON, body=test.body)
        answer = gateway.call("GET", f"/g{name}", [])
        status, left = group.as_it_leaves(test)
        right = answer.status == status
        if status != 200:
            right = right and json.loads(answer.body)["reason"] == "response_invalid"
        elif same(left, test.data):
            right = right and answer.body == test.body
        else:
            right = right and same(json.loads(answer.body), left)
        if not right:
            wrong.append(
                f"{test.title}: {test.body[:100]!r} {status} {left}, got {answer.status} {answer.body[:300]!r}"
            )
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def test_a_format_that_is_not_enforced_is_told(suite: Suite) -> None:
    """What is listed as let through for its format is listed by `check`, too."""
    formats = {
        test: entry["format"]
        for entry in LISTED[suite.dialect]["opposite"]
        if "format" in entry
        for test in entry["tests"]
    }
    told = 0
    for name, group in suite.groups.items():
        for title in {formats[test.title] for test in group.tests if test.title in formats}:
            (found,) = suite.compiled[name].unenforced
            assert (found["what"], found["file"], found["pointer"]) == (f"format: {title}", "schema.json", "/format")
            told += 1
    assert told == (13 if suite.dialect == "draft2020-12" else 0)
