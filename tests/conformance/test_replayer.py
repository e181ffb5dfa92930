"""The replayer itself: it runs directories it has never seen, and it notices whatever is not as written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from firstclass.engine.cases import CaseError, read_case, replay_case

ROOT = Path(__file__).parents[2]
CONTRACT = """
openapi: 3.1.0
info: {title: Never seen, version: 1.0.0}
servers: [{url: "https://never.example/v9"}]
security: [{apiKey: []}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: A thing.
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-Thing-Key}
"""
DIRECTORY = {
    "changes": [
        {"type": "application", "id": "a", "value": {"name": "thinker"}},
        {"type": "credential", "id": "k", "value": {"application": "a", "expires_at": "2030-01-01T00:00:00Z"}},
        {"type": "subscription", "id": "s", "value": {"application": "a", "operations": ["getThing"]}},
    ]
}
ASK = {"method": "GET", "target": "/v9/things/7", "headers": [["X-Thing-Key", "{{key k}}"]]}
ANSWER = {"status": 200, "json": {"id": 7, "x": "hidden"}}
ALLOW: dict[str, Any] = {"decision": "allow", "reason": None}


def exchange(expect: dict[str, Any], request: dict[str, Any] = ASK, **more: Any) -> dict[str, Any]:
    return {"name": "one", "request": request, "origin": ANSWER, "expect": expect, **more}


def case(directory: Path, *exchanges: dict[str, Any]) -> Path:
    (directory / "contract.yaml").write_text(CONTRACT)
    (directory / "directory.json").write_text(json.dumps(DIRECTORY))
    (directory / "exchanges.jsonl").write_text("".join(json.dumps(each) + "\n" for each in exchanges))
    return directory


def differences(directory: Path, *exchanges: dict[str, Any]) -> list[str]:
    return [each.what for each in replay_case(read_case(case(directory, *exchanges))).differences]


def test_a_case_that_nobody_has_seen_holds(tmp_path: Path) -> None:
    whole = {
        **ALLOW,
        "origin_saw": {"target": "/v9/things/7"},
        "client_got": {"status": 200, "json": {"id": 7}, "absent": ["hidden"]},
    }
    assert differences(tmp_path, exchange(whole)) == []


WRONG = {
    "status": {**ALLOW, "client_got": {"status": 201}},
    "body at the client": {**ALLOW, "client_got": {"json": {"id": 8}}},
    "absent": {**ALLOW, "client_got": {"absent": ["7"]}},
    "X-Total at the client": {**ALLOW, "client_got": {"headers": {"X-Total": True}}},
    "Content-Type at the client": {**ALLOW, "client_got": {"headers": {"Content-Type": None}}},
    "violations": {**ALLOW, "client_got": {"violations": [{"in": "path"}]}},
    "connection": {**ALLOW, "client_got": {"closed": True}},
    "origin": {**ALLOW, "origin_saw": None},
    "method at the origin": {**ALLOW, "origin_saw": {"method": "PUT"}},
    "target at the origin": {**ALLOW, "origin_saw": {"target": "/things/7"}},
    "Firstclass-Operation at the origin": {**ALLOW, "origin_saw": {"headers": {"Firstclass-Operation": "getOther"}}},
    "body at the origin": {**ALLOW, "origin_saw": {"body": "x"}},
    "event's decision": {"decision": "deny"},
}


def test_whatever_is_not_as_written_is_a_difference(tmp_path: Path) -> None:
    found = differences(tmp_path, *(exchange(expect) for expect in WRONG.values()))
    assert found == list(WRONG)


def test_a_wrong_reason_is_a_difference(tmp_path: Path) -> None:
    stranger = {**ASK, "headers": []}
    assert differences(tmp_path, exchange({"decision": "deny", "reason": "credential_invalid"}, stranger)) == [
        "reason",
        "event's reason",
    ]


def test_now_moves_the_directory(tmp_path: Path) -> None:
    before, after = ({"decision": "allow", "reason": None}, {"decision": "deny", "reason": "credential_expired"})
    exchanges = [exchange(before, now="2029-12-31T23:00:00Z"), exchange(after, now="2030-01-01T00:00:01Z")]
    assert differences(tmp_path, *exchanges) == []


def test_a_changed_bundle_is_a_difference(tmp_path: Path) -> None:
    directory = case(tmp_path, exchange(ALLOW))
    assert replay_case(read_case(directory), update=True).held
    assert replay_case(read_case(directory)).held
    (directory / "contract.yaml").write_text(CONTRACT.replace("type: integer}}]", "type: integer, minimum: 1}}]"))
    (difference,) = replay_case(read_case(directory)).differences
    assert difference.what == "bundle.json (reviewed snapshot)"


@pytest.mark.parametrize(
    "broken",
    [
        {**exchange(ALLOW), "expects": {}},
        exchange({**ALLOW, "client_gets": {}}),
        exchange({**ALLOW, "client_got": {"state": 200}}),
        exchange({"reason": None}),
        exchange(ALLOW, {"method": "GET"}),
    ],
)
def test_a_misspelt_member_is_an_error(tmp_path: Path, broken: dict[str, Any]) -> None:
    with pytest.raises(CaseError, match=r"exchanges\.jsonl:1"):
        read_case(case(tmp_path, broken))


def firstclass(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firstclass", "cases", "run", *arguments]
    return subprocess.run(command, text=True, capture_output=True, timeout=60, check=False)


def test_the_command_says_what_differs(tmp_path: Path) -> None:
    done = firstclass(str(case(tmp_path, exchange(WRONG["status"]))), "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and not told["ok"] and (told["cases"], told["exchanges"]) == (1, 1)
    assert [each["what"] for each in told["differences"]] == ["status"]
    assert firstclass(str(case(tmp_path, exchange(ALLOW)))).returncode == 0


def test_a_directory_without_cases_is_an_error(tmp_path: Path) -> None:
    done = firstclass(str(tmp_path))
    assert done.returncode == 1 and "exchanges.jsonl" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("exchange", "*/exchanges.jsonl"), ("directory", "*/directory.json"), ("settings", "*/settings.json")],
)
def test_every_case_is_as_its_schema_says(kind: str, pattern: str) -> None:
    schema = json.loads((ROOT / "bundle" / "cases.schema.json").read_text())
    validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    for path in sorted((ROOT / "bundle" / "cases").glob(pattern)):
        text = path.read_text()
        for i, part in enumerate(text.splitlines() if kind == "exchange" else [text], start=1):
            assert not (errors := [e.message for e in validator.iter_errors(json.loads(part))]), (path, i, errors)
