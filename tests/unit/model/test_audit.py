"""The hash of an audit line covers every member, in a form that does not change."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from firstclass.model.audit import FIRST, AuditLine, audit_hash, is_chained

LINE: dict[str, Any] = {
    "sequence": 1,
    "time": "2031-01-01T00:00:00.000Z",
    "tenant": "main",
    "actor": "cli:ana",
    "action": "key.issue",
    "noun": "credential",
    "id": "key_1",
    "detail": {"b": 1, "a": "é"},
    "previous_hash": FIRST,
}


def test_the_hash_is_the_documented_one():
    text = json.dumps(list(LINE.values()), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert audit_hash(**LINE) == sha256(text.encode()).hexdigest()
    assert audit_hash(**LINE) == "22544ca206e0ef5204052bc2a3fbf9fd0853b05bfe35dc26e4b51771ccd6f8da"


@pytest.mark.parametrize("member", list(LINE))
def test_every_member_counts(member: str):
    line = AuditLine(**LINE, hash=audit_hash(**LINE))
    assert is_chained(line, FIRST)
    other = {"sequence": 2, "detail": {}}.get(member, "x")
    assert not is_chained(AuditLine(**(LINE | {member: other}), hash=line.hash), FIRST)
    assert not is_chained(line, "1" * 64)
