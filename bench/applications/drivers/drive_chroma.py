"""Chroma's Python client: collections of documents, written, searched, changed and deleted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
import chromadb
import httpx
from chromadb.config import Settings
from steps import Steps

steps = Steps()
where = urlsplit(steps.origin)
settings = Settings(anonymized_telemetry=False)
headers = {"x-chroma-token": steps.key} if steps.key else {}
client = chromadb.HttpClient(host=str(where.hostname), port=int(where.port or 80), settings=settings, headers=headers)
admin = chromadb.AdminClient(
    Settings(
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=str(where.hostname),
        chroma_server_http_port=int(where.port or 80),
        chroma_server_headers=headers,
        anonymized_telemetry=False,
    )
)
plain = httpx.Client(base_url=f"{steps.origin}/api/v2", headers=headers, timeout=30)


def ask(method: str, target: str, body: Any = None) -> Any:
    """A call that its Python client has no function for."""
    return plain.request(method, target, json=body).raise_for_status().json()


def vector() -> list[float]:
    """Eight numbers."""
    return [steps.random.uniform(-1, 1) for _ in range(8)]


def metadata() -> dict[str, str | int | float | bool]:
    """Of every scalar type."""
    pick = steps.random
    return {"city": pick.choice(["Wien", "Oslo"]), "year": pick.randint(1990, 2025), "rank": pick.random(), "ok": True}


def probe(collection: chromadb.Collection) -> None:
    """What its contract has and only its cloud serves."""
    here = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{collection.id}"
    function = {"name": "counts", "function_id": "statistics", "output_collection": "counts"}
    steps.probe("collection_search", "POST", f"{here}/search", {"searches": [{"limit": {"limit": 3}}]})
    steps.probe("fork_collection", "POST", f"{here}/fork", {"new_name": "fork"})
    steps.probe("fork_count", "GET", f"{here}/fork_count")
    steps.probe("attach_function", "POST", f"{here}/functions/attach", function)
    steps.probe("get_attached_function", "GET", f"{here}/functions/counts")
    steps.probe("detach_function", "POST", f"{here}/attached_functions/counts/detach", {"delete_output": True})
    # Its server says "not implemented" with 500, so that it still counts as one that is served.
    steps.probe("indexing_status", "GET", f"{here}/indexing_status")
    name = f"default_tenant:default_database:{collection.name}"
    steps.probe("get_collection_by_crn", "GET", f"/api/v2/collections/{name}")


def use(collection: chromadb.Collection, number: int) -> None:
    """Everything that a collection can do."""
    ids = [f"d{each}" for each in range(40)]
    documents = [f"Text {each}: un trozo de “prosa” sobre – ñ {steps.random.random()}" for each in ids]
    vectors, facts = [vector() for _ in ids], [metadata() for _ in ids]
    steps.do("add", collection.add, ids=ids, embeddings=vectors, documents=documents, metadatas=facts)
    steps.do("upsert", collection.upsert, ids=ids[:5], embeddings=vectors[:5], documents=documents[5:10])
    steps.do("update", collection.update, ids=ids[:3], metadatas=[metadata() for _ in range(3)])
    steps.do("count", collection.count)
    steps.do("peek", collection.peek)
    for each in range(20):
        steps.do("get by id", collection.get, ids=[f"d{each}"], include=["documents", "metadatas", "embeddings"])
        steps.do("query", collection.query, query_embeddings=[vector(), vector()], n_results=3)
    steps.do(
        "get where", collection.get, where={"$and": [{"city": "Wien"}, {"year": {"$gte": 2000}}]}, limit=5, offset=1
    )
    steps.do("get where document", collection.get, where_document={"$contains": "prosa"}, include=["documents"])
    everything = ["documents", "metadatas", "embeddings", "distances"]
    steps.do("query where", collection.query, query_embeddings=[vector()], where={"ok": True}, include=everything)
    steps.do("by id", lambda: client.get_collection_by_id(collection.id).name)
    steps.do("delete ids", collection.delete, ids=ids[:4])
    steps.do("delete where", collection.delete, where={"city": "Oslo"})
    steps.do("modify", collection.modify, name=steps.name("renamed", number), metadata={"topic": "test"})


for number in range(steps.rounds):
    steps.do("heartbeat", client.heartbeat)
    steps.do("version", client.get_version)
    steps.do("identity", lambda: vars(client.get_user_identity()))
    steps.do("largest batch", client.get_max_batch_size)
    steps.do("health", ask, "GET", "/healthcheck")
    steps.do("checks", ask, "GET", "/pre-flight-checks")
    name = steps.name("collection", number)
    made = steps.do("create", client.create_collection, name, metadata={"note": "a", "n": 1}, embedding_function=None)
    steps.do("get or create", client.get_or_create_collection, name, embedding_function=None)
    steps.do("get", client.get_collection, name, embedding_function=None)
    steps.do("list", client.list_collections, limit=10)
    steps.do("count collections", client.count_collections)
    if made is not None and not number:
        probe(made)
    if made is not None:
        use(made, number)
        steps.do("delete", client.delete_collection, steps.name("renamed", number))
    if number % 5 == 0:
        tenant, database = steps.name("tenant", number), steps.name("database", number)
        steps.do("create tenant", admin.create_tenant, tenant)
        steps.do("get tenant", admin.get_tenant, tenant)
        steps.do("update tenant", ask, "PATCH", f"/tenants/{tenant}", {"resource_name": tenant})
        steps.do("create database", admin.create_database, database, tenant)
        steps.do("get database", admin.get_database, database, tenant)
        steps.do("list databases", admin.list_databases, tenant=tenant)
        steps.do("delete database", admin.delete_database, database, tenant)
steps.do("reset", client.reset)
steps.close()
