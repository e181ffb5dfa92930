"""`bundle/directory.schema.json` says what control publishes and what the engine reads, no more and no less."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from firstclass.access import applications, subscriptions
from firstclass.identity import api_keys
from firstclass.identity.keyring import Keyring
from firstclass.model.applications import Client
from firstclass.model.issuers import Issuer
from firstclass.publish.publisher import Publisher
from firstclass.storage import Store

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "bundle" / "directory.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture
def payloads(tmp_path):
    """A snapshot of everything that a directory can hold, and a delta with a revocation and a tombstone."""
    store, keyring = Store.open(tmp_path), Keyring.open(tmp_path)
    issuer = Issuer(
        "partner", "https://p.example", ("shop",), "https://p.example/jwks", ("ES256",), ("client_id",), ("jwt",)
    )
    document = json.dumps({"operations": [{"id": "getA"}], "categories": ["contact"]})
    with store.change("test", "apply") as change:
        change.put_bundle(api="shop", hash="h", payload=document, source_map="{}", title="", version="1")
        change.put_issuer(issuer)
    client = Client("partner", "c-1")
    applications.create(store, name="desk", owner="a@example.com", client=client, actor="test")
    subscriptions.create(store, application="desk", api="shop", operations=["getA"], unmask=["contact"], actor="test")
    issued = api_keys.issue(store, keyring, "desk", timedelta(days=1), actor="test")
    snapshot = Publisher(store, keyring).directory_frame(0)
    api_keys.revoke(store, issued.credential.id, actor="test")
    with store.change("test", "apply") as change:
        change.remove_issuer(issuer)
    delta = Publisher(store, keyring).directory_frame(snapshot["sequence"])
    store.close()
    return [json.loads(frame["payload"]) for frame in (snapshot, delta)]


def test_what_control_publishes_is_as_the_schema_says(payloads):
    Draft202012Validator.check_schema(SCHEMA)
    for payload in payloads:
        VALIDATOR.validate(payload)
    snapshot, delta = payloads
    assert {c["type"] for c in snapshot["changes"]} == {"application", "credential", "subscription", "issuer"}
    assert any(c["value"] is None for c in delta["changes"])


def test_what_is_missing_or_unknown_is_not(payloads):
    for change in payloads[0]["changes"]:
        for value in ({**change["value"], "more": 1}, *({**change["value"], name: ...} for name in change["value"])):
            kept = {name: member for name, member in value.items() if member is not ...}
            assert not VALIDATOR.is_valid({**payloads[0], "changes": [{**change, "value": kept}]})


def test_the_engine_reads_the_same_members():
    sources = ROOT / "engine" / "bundle" / "src"
    source = (sources / "directory.rs").read_text() + (sources / "issuer.rs").read_text()
    kinds = re.search(r"pub enum Change \{(.*?)\n\}", source, re.DOTALL)[1]
    assert {word.lower() for word in re.findall(r"^    (\w+) \{", kinds, re.MULTILINE)} == {
        each["properties"]["type"]["const"] for each in SCHEMA["$defs"]["change"]["oneOf"]
    }
    parts = {"changes": SCHEMA, **{n: p for n, p in SCHEMA["$defs"].items() if n not in ("change", "names")}}
    for name, part in parts.items():
        members = re.search(rf"pub struct {name.capitalize()} \{{(.*?)\n\}}", source, re.DOTALL)[1]
        optional = set(re.findall(r"#\[serde\(default.*?\)\]\s+pub (\w+):", members))
        assert set(re.findall(r"pub (\w+):", members)) == set(part["properties"])
        assert set(part["properties"]) - optional == set(part["required"])
