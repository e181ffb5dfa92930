"""Exports in a file, and a store in which the API `garage` is live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firstclass.access.importing import foreign
from firstclass.access.importing.matching import ContractOperation, operations_of
from firstclass.identity.keyring import Keyring
from firstclass.storage import Store

SHORTEST = foreign.MIN_KEY_CHARACTERS
PATHS = {"/quotes": ["getQuote"], "/users/{userId}": ["getUser", "putUser"], "/users/{userId}/cars": ["listCars"]}


def document() -> dict[str, Any]:
    """A compiled contract, as far as an import reads it."""
    operations: list[dict[str, Any]] = []
    for index, (path, names) in enumerate(PATHS.items()):
        parameters = [{"name": "userId", "in": "path", "shape": {"scalar": ["integer"]}}] if "{" in path else []
        for name in names:
            method = "PUT" if name.startswith("put") else "GET"
            access = {"any_of": [[{"scheme": 0, "scopes": []}]]}
            operations.append({"id": name, "method": method, "path": index, "parameters": parameters, "access": access})
    return {
        "api": {"base_path": "/v1"},
        "paths": [{"template": path} for path in PATHS],
        "operations": operations,
        "schemes": [{"kind": "key", "name": "app", "header": "x-app-key", "query": "api_key"}],
        "categories": [],
    }


@pytest.fixture(autouse=True)
def short_keys(monkeypatch: pytest.MonkeyPatch) -> int:
    """Keys of these tests are short, so that they can be read; how short they may be otherwise."""
    monkeypatch.setattr(foreign, "MIN_KEY_CHARACTERS", 1)
    return SHORTEST


@pytest.fixture
def operations() -> list[ContractOperation]:
    """The operations of the API."""
    return operations_of(document())


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, Any], Path]:
    """An export in a file of this name."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    store = Store.open(data)
    payload = json.dumps(document())
    hashed = hashlib.sha256(payload.encode()).hexdigest()
    with store.change("test", "apply") as change:
        change.put_bundle(api="garage", hash=hashed, payload=payload, source_map="{}", title="Garage", version="1")
    yield store
    store.close()


@pytest.fixture
def keyring(data: Path, store: Store) -> Keyring:
    return Keyring.open(data)
