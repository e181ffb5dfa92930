"""What `init` writes: a configuration, and an overlay with what the contract lacks to be enforced."""

from __future__ import annotations

import json
import os
import re
import socket
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from firstclass.app.settings import DEFAULT_CONFIG
from firstclass.base.settings import ApiEntry, Settings
from firstclass.compiler import Compiled
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish.contracts import compile_entry, require_sound

OVERLAY = "policy.overlay.yaml"
PROBE_SECONDS = 0.5
MAX_ROUNDS = 4


def begin_project(contract: Path, upstream: str, name: str | None, config: Path | None) -> dict[str, Any]:
    """Write the two files; returns `{"config", "overlay", "next"}`.

    Raises:
        FirstclassError: a file is there already, the contract cannot be read, or the upstream is no URL.
    """
    path = (config or DEFAULT_CONFIG).absolute()
    overlay_path = path.parent / OVERLAY
    if not path.parent.is_dir():
        hint = "make it first, or name another place with --config"
        raise FirstclassError("directory_missing", f"there is no directory {path.parent}", hint=hint)
    for each in (path, overlay_path):
        if each.exists():
            hint = "remove it, or begin in another directory; nothing is ever overwritten"
            raise FirstclassError("file_exists", f"{each} is there already", hint=hint)
    if not contract.exists():
        raise FirstclassError(
            "contract_missing", f"there is no {contract}", hint="name an OpenAPI document", exit_code=Exit.NOT_FOUND
        )
    entry = _entry(contract, upstream, name, path.parent)
    bare = compile_entry(entry, path.parent)
    if bare.compiled.contract is None:  # nothing that an overlay could mend
        require_sound([bare])
    overlay = _overlay_for(entry, path.parent)
    mode = "observe" if _answers(upstream) else "enforce"
    _write_new(overlay_path, overlay)
    _write_new(path, _configuration(entry, mode))
    return {"config": str(path), "overlay": str(overlay_path), "next": _next_steps(entry, path.parent, mode)}


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        message = f"{path} cannot be written: {problem.strerror}"
        raise FirstclassError("file_not_written", message, hint="check the directory and its rights") from None


def _entry(contract: Path, upstream: str, name: str | None, directory: Path) -> ApiEntry:
    relative = os.path.relpath(contract.absolute(), directory)
    try:
        draft = ApiEntry(name=name or "api", contract=relative, upstream=upstream)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        message = f"--{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
        raise FirstclassError("usage", message, hint="firstclass init --help", exit_code=Exit.USAGE) from None
    if name is not None:
        return draft
    title = _title(compile_entry(draft, directory).compiled) or contract.stem
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return draft.model_copy(update={"name": re.sub(r"^[^a-z]+", "", words)[:40].strip("-") or "api"})


def _title(compiled: Compiled) -> str | None:
    return str(compiled.title) if compiled.title else None


def _overlay_for(entry: ApiEntry, directory: Path) -> str:
    """Find, by compiling, what the contract lacks, and write it as overlay actions until nothing more can be mended."""
    actions: list[dict[str, Any]] = []
    probe = entry.model_copy(update={"overlays": (OVERLAY,)})
    for _ in range(MAX_ROUNDS):
        text = _overlay_text(entry, actions)
        errors = compile_entry(probe, directory, {OVERLAY: text.encode()}).compiled.errors
        fresh = [a for a in _mends(errors, entry, directory) if a not in actions]
        if not fresh:
            return text
        actions += fresh
    return _overlay_text(entry, actions)


def _mends(errors: tuple[Any, ...], entry: ApiEntry, directory: Path) -> list[dict[str, Any]]:
    from firstclass._native import load_yaml

    actions: list[dict[str, Any]] = []
    root: Any = None
    for error in errors:
        if error.code == "security_missing":
            scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
            security = {"security": [{"apiKey": []}], "components": {"securitySchemes": {"apiKey": scheme}}}
            action = {"target": "$", "description": "No operation said who gets in: an API key.", "update": security}
        elif error.code == "pattern_not_enforceable" and error.file == entry.contract:
            schema = error.pointer.removesuffix("/pattern")
            waiver = {"x-firstclass": {"pattern": "unchecked"}}
            description = "A pattern that no linear-time engine can hold; its length stays bounded."
            root = root or load_yaml((directory / entry.contract).read_text(encoding="utf-8"))
            action = {"target": json_path(schema, root), "description": description, "update": waiver}
        else:
            continue
        if action not in actions:
            actions.append(action)
    return actions


def json_path(pointer: str, root: Any) -> str:
    """An RFC 9535 query for exactly the place that a JSON pointer names below `root`, a node of the contract reader:
    it alone knows whether `200` is an index or a name.
    """
    query, node = "$", root
    for part in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        kind, _, _, value = node
        if kind == "list":
            query, node = f"{query}[{part}]", value[int(part)]
        else:
            query, node = f"{query}[{_quoted(part)}]", next(child for key, _, _, child in value if key == part)
    return query


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _overlay_text(entry: ApiEntry, actions: list[dict[str, Any]]) -> str:
    head = f"""# What your team adds to {entry.contract}: who may see what. It is applied to the contract in order;
# the contract itself stays untouched. Each line below can be changed; `firstclass check` says what it means.
overlay: 1.0.0
info: {{title: Policy of {entry.name}, version: 1.0.0}}
actions:
"""
    listed = "".join(f"  - {json.dumps(action, ensure_ascii=False)}\n" for action in actions)
    if not listed:
        # An overlay needs one action at least (Overlay 1.0.0 §4.4.1); this one says nothing new.
        listed = '  - {target: "$.info", update: {}}\n'
    examples = """  # An id that must be the caller's own:
  # - target: $.paths['/customers/{customerId}'].parameters[0]
  #   update: {x-firstclass: {object: customer, owner: token.sub}}
  # A field that leaves masked unless a subscription unmasks its category:
  # - target: $.components.schemas.Customer.properties.email
  #   update: {x-data-classification: {category: contact, masking: {strategy: full}}}
  # A rate:
  # - target: $
  #   update: {x-firstclass: {rate: 100 per minute by application}}
"""
    return head + listed + examples


def _configuration(entry: ApiEntry, mode: str) -> str:
    why = "  # records what would be refused; change to enforce when you are ready" if mode == "observe" else ""
    return f"""version: 1
listen: {{traffic: 127.0.0.1:8080, control: 127.0.0.1:8081, status: 127.0.0.1:8082}}
data: .firstclass
apis:
  - name: {entry.name}
    contract: {json.dumps(entry.contract)}
    overlays: [{OVERLAY}]
    upstream: {entry.upstream}
    mode: {mode}{why}
"""


def _answers(upstream: str) -> bool:
    parts = urlsplit(upstream)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False


def _next_steps(entry: ApiEntry, directory: Path, mode: str) -> list[str]:
    result = compile_entry(entry.model_copy(update={"overlays": (OVERLAY,), "mode": mode}), directory)
    if result.errors:
        count = len(result.errors)
        what = "1 error keeps" if count == 1 else f"{count} errors keep"
        return [f"firstclass check    # {what} the contract from being enforced"]
    document = result.compiled.document or {}
    operations = document.get("operations", [])
    some = ",".join(operation["id"] for operation in operations[:2]) or "OPERATION"
    return [
        "firstclass check",
        "firstclass dev",
        "firstclass applications create my-app --owner you@example.com",
        f"firstclass subscriptions create my-app --api {entry.name} --operations {some}",
        "firstclass keys issue my-app --expires 90d",
        *_first_call(document, operations),
    ]


def _first_call(document: dict[str, Any], operations: list[dict[str, Any]]) -> list[str]:
    """How to call the first operation that a key opens; nothing where none does."""
    header = next((scheme["header"] for scheme in document.get("schemes", []) if scheme["kind"] == "key"), None)
    reading = next((operation for operation in operations if operation["method"] == "GET"), None)
    if header is None or reading is None:
        return []
    path = document["api"]["base_path"] + document["paths"][reading["path"]]["template"]
    return [f"curl -H '{header}: fc_live_…' 'http://{Settings().listen.traffic}{path}'"]
