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
from firstclass.model.plans import KINDS, Plan, Product, parse_limit
from firstclass.publish.publisher import Publisher
from firstclass.storage import Store

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "bundle" / "directory.schema.json").read_text())
# What may be absent, because it mostly says nothing.
OPTIONAL = {
    name: set(part["properties"]) - set(part["required"])
    for name, part in SCHEMA["$defs"].items()
    if "properties" in part
}
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
        change.put_modes("shop", {"getA": {"parameters": 0, "bodies": 100, "conformance": 10_000}})
        texts = dict(zip(KINDS, ("5 per second by subject", "9 per month by application, address", "2"), strict=True))
        change.put_plan(Plan("basic", tuple(parse_limit(kind, text, "getA") for kind, text in texts.items())))
        change.put_product(Product("reading", "shop", ("getA",), "basic"))
    client = Client("partner", "c-1")
    applications.create(store, name="desk", owner="a@example.com", client=client, actor="test")
    subscriptions.create(store, application="desk", api="shop", operations=["getA"], unmask=["contact"], actor="test")
    subscriptions.create(store, application="desk", product="reading", actor="test")
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
    kinds = {"application", "credential", "subscription", "issuer", "mode", "plan"}
    assert {c["type"] for c in snapshot["changes"]} == kinds
    assert any(c["value"] is None for c in delta["changes"])


def test_what_is_missing_or_unknown_is_not(payloads):
    for change in payloads[0]["changes"]:
        needed = [name for name in change["value"] if name not in OPTIONAL.get(change["type"], ())]
        for value in ({**change["value"], "more": 1}, *({**change["value"], name: ...} for name in needed)):
            kept = {name: member for name, member in value.items() if member is not ...}
            assert not VALIDATOR.is_valid({**payloads[0], "changes": [{**change, "value": kept}]})


def test_the_engine_reads_the_same_members():
    sources = ROOT / "engine" / "bundle" / "src"
    source = (sources / "directory.rs").read_text() + (sources / "issuer.rs").read_text()
    kinds = re.search(r"pub enum Change \{(.*?)\n\}", source, re.DOTALL)[1]
    assert {word.lower() for word in re.findall(r"^    (\w+) \{", kinds, re.MULTILINE)} == {
        each["properties"]["type"]["const"] for each in SCHEMA["$defs"]["change"]["oneOf"]
    }
    plans = (sources / "plan.rs").read_text()
    structs = {n: p for n, p in SCHEMA["$defs"].items() if n not in ("change", "limit", "names")}
    for name, part in {"changes": SCHEMA, **structs}.items():
        members = re.search(rf"pub struct {name.capitalize()} \{{(.*?)\n\}}", source + plans, re.DOTALL)[1]
        optional = set(re.findall(r"#\[serde\(default.*?\)\]\s+pub (\w+):", members))
        assert set(re.findall(r"pub (\w+):", members)) == set(part["properties"])
        assert set(part["properties"]) - set(part["required"]) == optional
    for limit in SCHEMA["$defs"]["limit"]["oneOf"]:
        kind = limit["properties"]["kind"]["const"].capitalize()
        members = re.search(rf"^    {kind} \{{(.*?)\}},", plans, re.DOTALL | re.MULTILINE)[1]
        assert {"kind", *re.findall(r"(\w+):", members)} == set(limit["properties"]) == set(limit["required"])
