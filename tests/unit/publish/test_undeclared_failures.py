"""That the bodies of failures which nobody declared are replaced is told once for a contract."""

import json
from pathlib import Path
from typing import Any

import pytest

from firstclass.base.settings import ApiEntry
from firstclass.publish.contracts import compile_entry
from firstclass.publish.undeclared_failures import find_undeclared_failures


def messages(directory: Path, *answers: dict[str, Any]) -> list[str]:
    paths = {f"/a{number}": {"get": {"operationId": f"a{number}", "responses": r}} for number, r in enumerate(answers)}
    contract = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "security": [], "paths": paths}
    (directory / "a.json").write_text(json.dumps(contract))
    entry = ApiEntry(name="a", contract="a.json", upstream="http://127.0.0.1:9")
    return [found.message for found in find_undeclared_failures([compile_entry(entry, directory)])]


GOOD = {"204": {"description": ""}}


def test_a_contract_is_told_once_with_a_count(tmp_path: Path) -> None:
    words = "2 of 3 operations declare no error status: the bodies of the API's own errors are replaced, in every mode"
    assert messages(tmp_path, GOOD, {**GOOD, "404": {"description": ""}}, GOOD) == [words]
    assert messages(tmp_path, GOOD)[0].startswith("1 of 1 operation declares no error status")


@pytest.mark.parametrize("status", ["404", "4XX", "500", "5XX", "default"])
def test_any_declared_failure_is_enough(tmp_path: Path, status: str) -> None:
    assert messages(tmp_path, {**GOOD, status: {"description": ""}}) == []


def test_a_contract_with_errors_is_not_told(tmp_path: Path) -> None:
    assert messages(tmp_path, {"ok": {"description": ""}}) == []
