"""The JSON Schema Test Suite through compiler and engine, as bodies of requests and as strict answers.

Draft 2020-12 stands for OpenAPI 3.1, draft 4 for 3.0. Objects are closed: a member that the schema does not name is
refused in a request and dropped from an answer; that is computed (`naming`), not listed. What else differs is listed
with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from naming import Naming
from running import Running, compile_files, running

from firstclass.engine.cases.origin import Reply

Json = Any
JSON = [("Content-Type", "application/json")]
DIALECTS = {
    "draft2020-12": ("3.1.0", Draft202012Validator),
    "draft4": ("3.0.3", Draft4Validator),
}
# Schemas that are no part of a contract, by the code of the error that says so.
NOT_COMPILED = {
    "remote_reference": "it refers to a document on the network, and contracts never do",
    "unknown_dialect": "its metaschema lies on the network",
    "unreadable_file": "it refers to a document on the network, relative to an `id`, which OpenAPI 3.0 does not have",
    "dangling_reference": "it refers to an `id`, which OpenAPI 3.0 does not have",
}
# The suite takes formats for annotations; the engine enforces these.
ENFORCED_FORMATS = {
    "int32", "int64", "float", "double", "date", "date-time", "time", "duration", "email", "uuid", "ipv4", "ipv6",
    "uri", "hostname", "byte",
}  # fmt: skip
# "file: schema: test" -> why the engine does not do as the suite says.
EXCEPTIONS: dict[str, str] = {}


@dataclass(frozen=True)
class Group:
    """One schema of the suite and its tests."""

    file: str
    description: str
    schema: Json
    tests: list[Json]


def contract(version: str, schemas: dict[str, str]) -> Json:
    """A contract with an operation each way for every schema: name -> file."""
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
    about = {"openapi": version, "info": {"title": "Suite", "version": "1"}, "security": []}
    return {**about, "x-firstclass": {"responses": "strict"}, "paths": paths}


def read_groups(directory: Path) -> list[Group]:
    groups = [
        Group(path.name, group["description"], group["schema"], group["tests"])
        for path in sorted(directory.glob("*.json"))
        for group in json.loads(path.read_text(encoding="utf-8"))
    ]
    assert len(groups) > 150
    return groups


@dataclass
class Suite:
    """The groups that compile, behind an engine; the others by the code of their first error."""

    gateway: Running
    validator: Any
    groups: dict[str, Group]
    not_compiled: dict[str, str]


@pytest.fixture(scope="module", params=DIALECTS)
def suite(request: pytest.FixtureRequest, test_data: Path) -> Iterator[Suite]:
    version, validator = DIALECTS[request.param]
    groups, not_compiled = {}, {}
    for i, group in enumerate(read_groups(test_data / "json-schema" / request.param)):
        alone = {"schema.json": group.schema, "contract.json": contract(version, {"": "schema.json"})}
        errors = compile_files(alone).errors
        if errors:
            not_compiled[f"{group.file}: {group.description}"] = errors[0].code
        else:
            groups[str(i)] = group
    files = {f"g{name}.json": group.schema for name, group in groups.items()}
    files["contract.json"] = contract(version, {name: f"g{name}.json" for name in groups})
    with running(files) as gateway:
        yield Suite(gateway, validator, groups, not_compiled)


def test_every_schema_that_does_not_compile_has_a_reason(suite: Suite) -> None:
    assert {name: code for name, code in suite.not_compiled.items() if code not in NOT_COMPILED} == {}
    assert len(suite.not_compiled) < len(suite.groups) / 9


def is_excepted(group: Group, test: Json) -> bool:
    if f"{group.file}: {group.description}: {test['description']}" in EXCEPTIONS:
        return True
    formats = isinstance(group.schema, dict) and group.schema.get("format") in ENFORCED_FORMATS
    return formats and test["valid"] and test["description"].startswith("invalid")


def each(suite: Suite) -> Iterator[tuple[str, str, Group, Json, bytes]]:
    for name, group in suite.groups.items():
        for test in group.tests:
            if not is_excepted(group, test):
                title = f"{group.file}: {group.description}: {test['description']}"
                yield title, name, group, test, json.dumps(test["data"]).encode()


def oracle(suite: Suite, group: Group) -> Any:
    """A validator of the group's schema, with the one property escape that Python's patterns lack spelt out."""
    text = json.dumps(group.schema).replace(r"\\p{Letter}", r"[^\\W\\d_]")
    return suite.validator(json.loads(text))


def as_it_leaves(suite: Suite, group: Group, instance: Json) -> Json:
    return Naming(oracle(suite, group)).without_unnamed(instance)


def same(a: Json, b: Json) -> bool:
    """As JSON texts: `1` and `1.0` and `true` are three things here."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def test_requests_are_judged_as_the_suite_says_and_closed(suite: Suite) -> None:
    gateway, wrong = suite.gateway, []
    for title, name, group, test, body in each(suite):
        gateway.origin.reply, _ = Reply(status=204, headers=[], body=b""), gateway.origin.take()
        answer = gateway.call("POST", f"/g{name}", JSON, body)
        seen = gateway.origin.take()
        named = test["valid"] and same(as_it_leaves(suite, group, test["data"]), test["data"])
        if named:
            right = answer.status == 204 and [s.body for s in seen] == [body]
        else:
            right = answer.status == 400 and not seen
            if right and test["valid"]:
                keywords = {v["keyword"] for v in json.loads(answer.body).get("violations", [])}
                right = keywords == {"undeclared"}
        if not right:
            wrong.append(
                f"{title}: {body.decode()[:100]} {'passes' if named else 'is refused'}, "
                f"got {answer.status} {answer.body[:300]!r}"
            )
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def test_answers_are_judged_as_the_suite_says_and_projected(suite: Suite) -> None:
    gateway, wrong = suite.gateway, []
    for title, name, group, test, body in each(suite):
        gateway.origin.reply, _ = Reply(headers=JSON, body=body), gateway.origin.take()
        answer = gateway.call("GET", f"/g{name}", [])
        if test["valid"]:
            wanted = as_it_leaves(suite, group, test["data"])
            right = answer.status == 200 and same(json.loads(answer.body), wanted)
        else:
            # A fault that goes with an unnamed member goes: what is left must be without fault, and closed.
            wanted = "a 502"
            right = answer.status == 502 or (answer.status == 200 and is_sound_part(suite, group, answer.body, test))
        if not right:
            wrong.append(f"{title}: {body.decode()[:100]} {wanted}, got {answer.status} {answer.body[:300]!r}")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def is_sound_part(suite: Suite, group: Group, body: bytes, test: Json) -> bool:
    """What is left has no fault, or the only fault of the whole was a member that the schema shuts out."""
    left = json.loads(body)
    if same(left, test["data"]):
        return False
    only_shut_out = suite.validator(opened(group.schema)).is_valid(test["data"])
    return only_shut_out or (oracle(suite, group).is_valid(left) and same(as_it_leaves(suite, group, left), left))


def opened(schema: Json) -> Json:
    """The schema, its closed objects open."""
    if isinstance(schema, dict):
        shut = [k for k in ("additionalProperties", "unevaluatedProperties") if schema.get(k) is False]
        return {name: opened(value) for name, value in schema.items() if name not in shut}
    return [opened(value) for value in schema] if isinstance(schema, list) else schema
