"""The audit chain: what was written stays, and what was tampered with shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from firstclass.model.applications import Application
from firstclass.storage import Store
from firstclass.storage.store import FILE

Put = Callable[[str], Application]


def tamper(data: Path, *statements: str) -> None:
    connection = sqlite3.connect(data / FILE)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


UNGUARDED = ("DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "UPDATE outbox SET id = 'x'"]
)
def test_the_database_itself_refuses_to_alter_what_was_written(store: Store, put: Put, tmp_path: Path, statement: str):
    put("desk")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tamper(tmp_path / "data", statement)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE sequence = 2", 2),
        ("UPDATE audit SET detail = '{}' WHERE sequence = 1", 1),
        ("DELETE FROM audit WHERE sequence = 2", 2),
        ("DELETE FROM audit WHERE sequence = 3", 3),
        ("DELETE FROM audit", 1),
    ],
)
def test_whoever_gets_around_that_breaks_the_chain(
    store: Store, put: Put, tmp_path: Path, statement: str, broken_at: int
):
    for name in ("a1", "b2", "c3"):
        put(name)
    assert store.verify_audit_chain().intact
    tamper(tmp_path / "data", *UNGUARDED, statement)
    assert store.verify_audit_chain().broken_at == broken_at


def test_an_empty_chain_is_intact(store: Store):
    verdict = store.verify_audit_chain()
    assert verdict.intact and verdict.lines == 0
