"""`firstclass import`: what it prints, and which words are wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from firstclass.storage import Store

ROWS = (
    "application,owner,key,operations\n"
    "kiosk,k@example.com,OLD-KEY-0001-ab1,listMembers\nkiosk,k@example.com,OLD-KEY-0001-ab2,listMembers\n"
)


@pytest.fixture
def table(data: Path, tmp_path: Path) -> str:
    """A table of keys, and an API with a place for keys."""
    document = {
        "api": {"base_path": ""},
        "paths": [{"template": "/members"}],
        "operations": [
            {"id": "listMembers", "method": "GET", "path": 0, "parameters": [], "access": {"any_of": []}},
        ],
        "schemes": [{"kind": "key", "name": "key", "header": "x-api-key"}],
        "categories": [],
    }
    payload, store = json.dumps(document), Store.open(data)
    with store.change("test", "apply") as change:
        hashed = hashlib.sha256(payload.encode()).hexdigest()
        change.put_bundle(api="library", hash=hashed, payload=payload, source_map="{}", title="", version="")
    store.close()
    path = tmp_path / "keys.csv"
    path.write_text(ROWS)
    return str(path)


def test_it_says_what_came_of_it(firstclass: Any, table: str):
    result = firstclass.json("import", "csv", table, "--api", "library")
    assert result == {
        "applications": 1,
        "keys": 2,
        "subscriptions": 1,
        "plans": [],
        "recognised": {"applications": 0, "keys": 0},
        "without_equivalent": [],
    }
    listed = firstclass.json("keys", "list", "kiosk")["items"]
    assert [item["class"] for item in listed] == ["legacy", "legacy"] and "OLD-" not in json.dumps(listed)


def test_people_get_lines_and_hints(firstclass: Any, table: str):
    Path(table).write_text(ROWS.replace("OLD-KEY-0001-ab2", "{vault://env/k}"))
    code, out, err = firstclass("import", "csv", table, "--api", "library", "--dry-run")
    assert code == 0 and out == "would be imported: 1 application, 1 key, 1 subscription\n"
    assert "keys.csv:3: would not be taken over: a key that is a reference" in err and "hint: " in err
    assert err.endswith("next: the same without --dry-run; nothing was written\n")
    assert firstclass("import", "csv", table, "--api", "library")[1].startswith("imported: 1 application")
    assert "there already: 1 application, 1 key\n" in firstclass("import", "csv", table, "--api", "library")[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--expires", "400d"), "lifetime_too_long"),
        (("--expires", "soon"), "usage"),
        (("--api", "nothing"), "unknown_api"),
        (("--sha256",), "key_hash_invalid"),
    ],
)
def test_wrong_words_are_told(firstclass: Any, table: str, words: tuple[str, ...], code: str):
    _, error = firstclass.error("import", "csv", table, "--api", "library", *words)
    assert error["code"] == code
    assert firstclass.json("applications", "list")["items"] == []
