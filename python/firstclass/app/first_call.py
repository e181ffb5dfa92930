"""The first call that somebody could make: one line of curl for an operation that a key alone opens. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from firstclass.app.hints import spelled
from firstclass.base.settings import Settings

_NAMED = re.compile(r"\{([^}]*)\}")


def is_open(operation: dict[str, Any]) -> bool:
    """Whether anybody may call it, with a credential or without."""
    access = operation["access"]
    return "public" in access or [] in access["any_of"]


def find_first_call(document: dict[str, Any], url: str, operations: Collection[str] | None = None) -> str | None:
    """A GET of `operations` (None: any), one with a key before others, the plainest first; its key is `$KEY`. None
    where no key alone opens one."""
    headers = [(operation, _header(document, operation)) for operation in document["operations"]]
    able = [
        (operation, header)
        for operation, header in headers
        if operation["method"] == "GET" and header is not None and (operations is None or operation["id"] in operations)
    ]
    if not able:
        return None
    operation, header = min(able, key=lambda each: (not each[1], sum(p["required"] for p in each[0]["parameters"])))
    path = document["api"]["base_path"] + document["paths"][operation["path"]]["template"]
    values = {p["name"]: _example(document, p) for p in operation["parameters"] if p["in"] in ("path", "query")}
    target = _NAMED.sub(lambda match: values.get(match[1], match[0]), path)
    wanted = [p["name"] for p in operation["parameters"] if p["in"] == "query" and p["required"]]
    query = "&".join(f"{quote(name)}={values[name]}" for name in wanted)
    address = shlex.quote(url + target + (f"?{query}" if query else ""))
    return f'curl -H "{header}: $KEY" {address}' if header else f"curl {address}"


def some_operations(document: dict[str, Any]) -> list[str]:
    """Ids of one or two operations to begin with, reading ones first."""
    closed = [operation for operation in document["operations"] if not is_open(operation)]
    reading = sorted(closed or document["operations"], key=lambda operation: operation["method"] != "GET")
    return [str(operation["id"]) for operation in reading[:2]]


def traffic_url(settings: Settings) -> str | None:
    """Where callers on this machine reach the gateway; None where only a running gateway knows its port."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    traffic = settings.listen.traffic
    if not traffic.port:
        return None
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(traffic.host, traffic.host)  # noqa: S104 - compared with
    return f"http://{traffic.model_copy(update={'host': loopback})}"


def _header(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    """The header of a key that opens it alone; empty where anybody may call it."""
    if is_open(operation):
        return ""
    for requirements in operation["access"]["any_of"]:
        schemes = [document["schemes"][requirement["scheme"]] for requirement in requirements]
        if len(schemes) == 1 and schemes[0]["kind"] == "key":
            return spelled(schemes[0]["header"])
    return None


def _example(document: dict[str, Any], parameter: dict[str, Any]) -> str:
    """A value that the parameter's schema is likely to take: as plain as can be."""
    schema = document["schemas"][parameter["schema"]] if isinstance(parameter["schema"], int) else {}
    for value in schema.get("enum", []):
        return quote(str(value), safe="")
    if not {"integer", "number"} & set(schema.get("types", [])):
        return "example"
    return str(max(schema.get("minimum", 1), 1))
