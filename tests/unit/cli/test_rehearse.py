"""`firstclass rehearse`: against the files as they are, for people and for programs."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Cards", "version": "1"},
    "security": [],
    "paths": {
        "/cards": {"get": {"operationId": "listCards", "responses": {"204": {"description": ""}}}},
    },
}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cards.json").write_text(json.dumps(CONTRACT))
    entry = {"name": "cards", "contract": "cards.json", "upstream": "http://127.0.0.1:9", "mode": "observe"}
    (tmp_path / "firstclass.yaml").write_text(json.dumps({"version": 1, "apis": [entry]}))
    calls = [("/cards", 200), ("/cards?debug=1", 200), ("/sets/4711", 301), ("/cards", 404)]
    path = tmp_path / "access.log"
    lines = [f'- - - [-] "GET {target} HTTP/1.1" {status} 0' for target, status in calls]
    path.write_text("\n".join([*lines, "rubbish"]))
    return path


def test_people_read_what_would_differ(firstclass: Any, log: Path):
    code, out, err = firstclass("rehearse", log.name, "--api", "cards")
    assert code == 0 and out.splitlines() == [
        "4 calls: 2 as before (50.00 %), 2 would be refused",
        "   calls  operation  why",
        "       1  listCards  parameter_invalid",
        "           1  query debug: undeclared",
        "       1  -          unknown_operation",
        "           1  GET /sets/{n}",
        "of those as before, 1 was refused then and would reach the API:",
        "       1  listCards  was answered 404",
        "1 line could not be read",
    ]
    assert "next: " in err


def test_programs_get_one_document(firstclass: Any, log: Path):
    result = firstclass.json("rehearse", log.name, "--api", "cards")
    assert (result["calls"], result["agree"]) == (4, 2) and "4711" not in json.dumps(result)


def test_gzip_is_unpacked_and_standard_input_taken(firstclass: Any, log: Path, monkeypatch: pytest.MonkeyPatch):
    plain = firstclass.json("rehearse", log.name, "--api", "cards")
    packed = log.with_suffix(".gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert firstclass.json("rehearse", packed.name, "--api", "cards") == plain
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(log.read_bytes())))
    assert firstclass.json("rehearse", "-", "--api", "cards") == plain


def test_a_log_that_is_absent_or_damaged_is_told(firstclass: Any, log: Path):
    assert firstclass.error("rehearse", "nothing.log", "--api", "cards")[0] == 4
    log.write_bytes(gzip.compress(log.read_bytes())[:-9])
    assert firstclass.error("rehearse", log.name, "--api", "cards")[1]["code"] == "file_unreadable"


def test_a_broken_contract_is_told_with_its_place(firstclass: Any, log: Path):
    (log.parent / "cards.json").write_text(json.dumps({**CONTRACT, "security": [{}]}))
    _, error = firstclass.error("rehearse", log.name, "--api", "cards")
    assert error["where"]["file"] == "cards.json"


def test_a_log_of_something_else_gets_a_hint(firstclass: Any, log: Path):
    log.write_text("one\ntwo\n")
    code, out, err = firstclass("rehearse", log.name, "--api", "cards")
    assert code == 0 and "0 calls" in out and "hint: no line was a call" in err
    assert firstclass.error("rehearse", log.name, "--api", "nothing")[0] == 4
