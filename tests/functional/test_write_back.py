"""Masked values that come back, parameters that reveal and parameters that are ignored, with the whole product: what
the API saw, what `explain` tells and what `check` warns of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from operated import Operated, Origin

from firstclass.app.explaining import explain_request

pytestmark = pytest.mark.timeout(90)

ANSWER = '{"200": {description: Done., content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}}'
PUT = f"""    put:
      operationId: putNote
      requestBody: {{required: true, content: {{application/json: {{schema: {{$ref: "#/components/schemas/Note"}}}}}}}}
      responses: {ANSWER}
    patch:
      operationId: patchNote
      requestBody:
        required: true
        content:
          application/merge-patch+json:
            schema:
              type: object
              properties:
                text: {{type: string}}
                secret: {{$ref: "#/components/schemas/Note/properties/secret"}}
      responses: {ANSWER}
  /notes:
"""
SORT = """      parameters:
        - {name: sort, in: query, schema: {enum: [text, secret]}, x-firstclass: {reveals: {secret: private}}}
"""
NOTE = "/v1/notes/7"
MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Iterator[Operated]:
    site = Operated(tmp_path_factory.mktemp("guarded"), origin)
    answers = dict(origin.answers)
    site.edit_contract("  /notes:\n", PUT)
    site.edit_contract("      parameters:\n        - {name: limit", f"{SORT}        - {{name: limit")
    site.edit_contract(
        "security: [{apiKey: []}]\npaths:", "security: [{apiKey: []}]\nx-firstclass: {ignore: [utm_*]}\npaths:"
    )
    site.start()
    yield site
    site.kill()
    origin.answers.clear()  # other files ask the same origin
    origin.answers.update(answers)


@pytest.fixture(scope="module")
def key(guarded: Operated) -> str:
    made = guarded.key_for("desk", "getNote", "putNote", "patchNote", "listNotes")
    guarded.until_status(200, NOTE, made)
    return made


def saw(guarded: Operated) -> tuple[str, bytes] | None:
    """What the API saw since the last look."""
    found, guarded.origin.saw = guarded.origin.saw, None
    return found


def test_what_was_read_masked_is_not_written_back(guarded: Operated, key: str) -> None:
    guarded.origin.answers["/v1/notes/7"] = (200, b'{"id": 7, "text": "hello", "secret": "CANARY"}')
    note = json.loads(guarded.call("GET", NOTE, key).body)
    assert note == {"id": 7, "text": "hello", "secret": "***"}
    saw(guarded)
    refused = guarded.call("PUT", NOTE, key, {**note, "text": "changed"})
    assert (refused.status, refused.reason, saw(guarded)) == (422, "masked_value_written", None)
    told = explain_request(guarded.data, refused.request_id, guarded.directory)
    assert (told["decision"], told["stage"]) == ("deny", "body")
    assert [(v["in"], v["pointer"], v["keyword"]) for v in told["violations"]] == [("body", "/secret", "masked")]
    line = guarded.contract.read_text().splitlines()[told["location"]["line"] - 1]
    assert "secret:" in line or "x-data-classification" in line, line
    assert "merge patch" in told["hint"]


def test_a_real_value_and_a_merge_patch_pass(guarded: Operated, key: str) -> None:
    saw(guarded)
    assert guarded.call("PUT", NOTE, key, {"id": 7, "secret": "real"}).status == 200
    assert saw(guarded) == (NOTE, b'{"id": 7, "secret": "real"}')
    patch = {"text": "changed", "secret": "***"}
    assert guarded.call("PATCH", NOTE, key, patch, Content_Type=MERGE).status == 200
    assert saw(guarded) == (NOTE, b'{"text": "changed"}')


def test_who_sees_the_category_writes_and_sorts_by_it(guarded: Operated, key: str) -> None:
    saw(guarded)
    refused = guarded.call("GET", "/v1/notes?sort=secret", key)
    assert (refused.status, refused.reason, saw(guarded)) == (400, "parameter_invalid", None)
    assert json.loads(refused.body)["violations"] == [{"in": "query", "name": "sort", "keyword": "reveals"}]
    seeing = guarded.key_for("seer")
    guarded.json(
        "subscriptions", "create", "seer", "--api", "notes", "--operations", "putNote,listNotes", "--unmask", "private"
    )
    guarded.origin.answers["/v1/notes"] = (200, b"[]")
    assert guarded.until_status(200, "/v1/notes?sort=secret", seeing).status == 200
    assert guarded.call("PUT", NOTE, seeing, {"id": 7, "secret": "***"}).status == 200
    assert saw(guarded) == (NOTE, b'{"id": 7, "secret": "***"}')


def test_what_is_ignored_does_not_reach_the_api(guarded: Operated, key: str) -> None:
    guarded.origin.answers["/v1/notes"] = (200, b"[]")
    saw(guarded)
    assert guarded.call("GET", "/v1/notes?utm_source=news&limit=5&utm_medium=mail", key).status == 200
    assert saw(guarded) == ("/v1/notes?limit=5", b"")
    assert guarded.call("GET", "/v1/notes?debug=1", key).reason == "parameter_invalid"


def test_check_tells_of_the_put(guarded: Operated) -> None:
    warnings = guarded.json("check")["warnings"]
    (found,) = [w for w in warnings if w["code"] == "masked_write_back"]
    assert "callers of putNote replace secret" in found["message"] and "callers can use patchNote" in found["hint"]
    assert "requestBody" in Path(guarded.contract).read_text().splitlines()[found["line"] - 1]
