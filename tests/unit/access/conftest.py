"""A store in which the API `library` is live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstclass.model.issuers import Issuer
from firstclass.storage import Store

DOCUMENT = {"operations": [{"id": "listMembers"}, {"id": "getMember"}], "categories": ["contact", "financial"]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data")
    payload = json.dumps(DOCUMENT)
    hashed = hashlib.sha256(payload.encode()).hexdigest()
    with store.change("test", "apply") as change:
        change.put_bundle(api="library", hash=hashed, payload=payload, source_map="{}", title="Library", version="1")
        for name, claims in (("partner", ("client_id",)), ("people", ())):
            url = f"https://{name}.example"
            change.put_issuer(Issuer(name, url, ("library-api",), f"{url}/jwks", ("ES256",), claims, ("at+jwt",)))
    yield store
    store.close()
