"""`firstclass keys`: shown once, never listed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firstclass.cli import keys
from firstclass.storage import Store


@pytest.fixture(autouse=True)
def desk(firstclass: Any) -> str:
    return str(firstclass.json("applications", "create", "desk", "--owner", "desk@example.com")["id"])


def test_a_key_is_shown_once(firstclass: Any, desk: str):
    issued = firstclass.json("keys", "issue", "desk", "--expires", "90d")
    assert set(issued) == {"id", "key", "application", "created_at", "expires_at"} and issued["application"] == desk
    assert re.fullmatch(r"fc_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", issued["key"])
    listed = firstclass.json("keys", "list", "desk")
    assert issued["key"][17:] not in json.dumps(listed)
    assert listed["items"] == [
        {
            "id": issued["id"],
            "prefix": issued["key"][:16],
            "application": desk,
            "class": "standard",
            "state": "active",
            "created_at": issued["created_at"],
            "expires_at": issued["expires_at"],
            "last_used_at": None,
            "query_uses": 0,
        }
    ]


def test_the_key_alone_is_on_stdout(firstclass: Any):
    code, out, err = firstclass("keys", "issue", "desk")
    assert code == 0 and re.fullmatch(r"fc_live_\w{58}\n", out)
    assert "not shown again" in err and out.strip() not in err


def test_a_key_that_nothing_asks_for_is_told_so(firstclass: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "policy.overlay.yaml").write_text("actions:\n  # Ask for an API key, where nothing is said:\n")
    entry = {"name": "library", "contract": "a.yaml", "upstream": "http://127.0.0.1:9"}
    config = {"version": 1, "apis": [{**entry, "overlays": ["policy.overlay.yaml"]}]}
    (tmp_path / "firstclass.yaml").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    firstclass.json("subscriptions", "create", "desk", "--api", "library", "--operations", "getMember")
    told = firstclass("keys", "issue", "desk")[2]
    assert "library does not ask for our keys yet" in told and "curl" not in told
    assert 'next: in policy.overlay.yaml, take the "# " off the lines below the comment "Ask for an API key"\n' in told
    (tmp_path / "policy.overlay.yaml").write_text("actions: []\n")
    assert "next: security with a scheme of type apiKey" in firstclass("keys", "issue", "desk")[2]


def test_rotation_names_a_successor(firstclass: Any):
    old = firstclass.json("keys", "issue", "desk")
    new = firstclass.json("keys", "rotate", old["id"], "--overlap", "1h")
    assert new["key"] != old["key"] and set(new) == set(old)
    ends = {item["id"]: item["expires_at"] for item in firstclass.json("keys", "list", "desk")["items"]}
    assert ends[old["id"]] < old["expires_at"] <= ends[new["id"]]


def test_revocation_waits_for_the_engines(firstclass: Any, data: Path, monkeypatch: pytest.MonkeyPatch):
    issued = firstclass.json("keys", "issue", "desk")
    monkeypatch.setattr(keys, "CONFIRMATION_SECONDS", 0.1)
    store = Store.open(data)
    store.confirm_engine("eng_1", 1, {})
    code, error = firstclass.error("keys", "revoke", issued["id"], "--wait")
    assert code == 5 and error["code"] == "unconfirmed" and "eng_1" in error["message"]
    store.confirm_engine("eng_1", store.latest_sequence(), {})
    store.close()
    assert firstclass.json("keys", "revoke", issued["id"], "--wait")["state"] == "revoked"


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("issue", "nobody"), 4, "not_found"),
        (("issue", "desk", "--expires", "soon"), 2, "usage"),
        (("issue", "desk", "--expires", "0d"), 2, "usage"),
        (("issue", "desk", "--expires", "999999999d"), 2, "lifetime_too_long"),
        (("rotate", "key_none"), 4, "not_found"),
        (("revoke", "key_none"), 4, "not_found"),
        (("list", "nobody"), 4, "not_found"),
    ],
)
def test_what_is_refused_says_why(firstclass: Any, words: tuple[str, ...], exit_code: int, code: str):
    got, error = firstclass.error("keys", *words)
    assert (got, error["code"]) == (exit_code, code) and error["hint"]


def test_no_secret_lies_readable_in_the_data_directory(firstclass: Any, data: Path):
    """THREATS 36: whole key and secret part, over every file, after issue, rotation and revocation."""
    first = firstclass.json("keys", "issue", "desk")
    second = firstclass.json("keys", "rotate", first["id"])
    firstclass.json("keys", "revoke", second["id"])
    for path in (path for path in data.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [key for key in (first["key"], second["key"]) if key[17:].encode() in content], path
        assert path.stat().st_mode & 0o077 == 0, path
