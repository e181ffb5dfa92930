"""Whatever happens, in whatever order: the deltas replayed are the snapshot."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstclass.model.applications import Application, Client
from firstclass.model.credentials import Credential
from firstclass.model.issuers import Issuer
from firstclass.model.subscriptions import APPROVED, REVOKED, Subscription
from firstclass.storage import Change, Store

NOW = datetime(2031, 5, 1, tzinfo=UTC)
WORD = st.sampled_from("abc")
STEPS = st.one_of(
    st.tuples(st.just("application"), WORD, st.booleans(), st.booleans()),
    st.tuples(st.just("credential"), WORD, WORD, st.booleans()),
    st.tuples(st.just("subscription"), WORD, WORD, st.booleans()),
    st.tuples(st.just("issuer"), WORD, st.booleans()),
    st.tuples(st.just("bundle"), WORD, st.booleans()),
)


def application(name: str, enabled: bool = True, client: bool = False) -> Application:
    clients = (Client("partner", name),) if client else ()
    return Application(f"app_{name}", name, f"{name}@example.com", "server", enabled, NOW, clients)


def take(change: Change, step: tuple[Any, ...]) -> None:
    match step:
        case "application", name, enabled, client:
            change.put_application(application(name, enabled, client))
        case "credential", id_, of, revoked:
            made = Credential(
                f"key_{id_}", f"app_{of}", f"fc_live_{id_}", id_ * 43, "pep", NOW, NOW + timedelta(days=1)
            )
            change.put_credential(replace(made, revoked_at=NOW if revoked else None))
        case "subscription", id_, of, revoked:
            state = REVOKED if revoked else APPROVED
            change.put_subscription(Subscription(f"sub_{id_}", f"app_{of}", "lib", (of,), (), state, NOW))
        case "issuer", name, removed:
            issuer = Issuer(name, f"https://{name}.example", ("aud",), "https://x.example", ("ES256",), (), ("jwt",))
            if removed:
                change.remove_issuer(issuer)
            else:
                change.put_issuer(issuer)
        case "bundle", api, removed:
            if removed:
                change.remove_bundle(api)
            else:
                change.put_bundle(api=api, hash="0" * 64, payload="{}", source_map="{}", title="", version="")


def replayed(store: Store) -> list[dict[str, Any]]:
    rows = store.directory_changes(0)
    assert rows is not None
    assert [row.sequence for row in rows] == list(range(1, store.latest_sequence() + 1))
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.is_directory:
            held.pop((row.type, row.id), None)
            if row.value is not None:
                held[row.type, row.id] = row.as_change()
    return list(held.values())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that already has the three applications: creating tables anew for each example would take the time."""
    data = tmp_path_factory.mktemp("template")
    store = Store.open(data)
    with store.change("test", "start") as change:
        for name in "abc":
            change.put_application(application(name))
    store.close()
    return data


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(st.lists(STEPS, min_size=1, max_size=4), max_size=8))
def test_deltas_replayed_are_the_snapshot(template: Path, changes: list[list[tuple[Any, ...]]]):
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(template, Path(directory) / "data")
        store = Store.open(Path(directory) / "data")
        for steps in changes:
            with store.change("test", "steps") as change:
                for step in steps:
                    take(change, step)
        sequence, snapshot = store.directory_snapshot()
        by_id = {"key": lambda change: (change["type"], change["id"])}
        assert sequence == 3 + sum(map(len, changes))
        assert sorted(replayed(store), **by_id) == sorted(snapshot, **by_id)
        verdict = store.verify_audit_chain()
        assert verdict.intact and verdict.lines == sequence
        store.close()
