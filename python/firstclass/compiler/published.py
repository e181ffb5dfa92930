"""What a masked value is to its reader: the schema that masked answers are valid against, and warnings where that is
not the schema which the contract writes. Pure: schema and action in, schema out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.nodes import Node

FULL = "***"
HASH_LENGTH = 22
_ABOUT_TEXT = ("enum", "const", "format", "pattern", "minLength", "maxLength")
_KEPT = ("title", "description", "deprecated")


def masked_schema(schema: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of values of `schema` once `action` of a bundle has masked them; None: they are left out."""
    out: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    declared = schema.get("type")
    is_nullable = schema.get("nullable") is True or (isinstance(declared, list) and "null" in declared)
    match action["strategy"]:
        case "remove":
            return None
        case "full":
            return {**out, "enum": [FULL, None] if is_nullable else [FULL]}
        case "hash":
            out["pattern"] = f"^[A-Za-z0-9_-]{{{HASH_LENGTH}}}$"
        case "partial":
            # One character for each: the length stays.
            out |= {key: schema[key] for key in ("minLength", "maxLength") if key in schema}
    return {**out, "type": ["string", "null"] if is_nullable else "string"}


def broken_keywords(schema: Mapping[str, Any], action: Mapping[str, Any]) -> list[str]:
    """The keywords of `schema` that masked values break, or cannot be shown to keep."""
    present = [key for key in _ABOUT_TEXT if key in schema]
    match action["strategy"]:
        case "remove":
            return []
        case "full":
            return [key for key in present if not _holds(FULL, key, schema[key])]
        case "hash":
            text = "A" * HASH_LENGTH
            return [
                key for key in present if key not in ("minLength", "maxLength") or not _holds(text, key, schema[key])
            ]
        case "partial":
            return [key for key in present if key not in ("minLength", "maxLength")]
    return present


def _holds(text: str, keyword: str, value: Any) -> bool:
    match keyword, value:
        case "enum", list():
            return text in value
        case "const", _:
            return bool(text == value)
        case "minLength", int():
            return len(text) >= value
        case "maxLength", int():
            return len(text) <= value
        case "pattern", str():
            try:
                return re.search(value, text) is not None
            except re.error:
                return False
    return False


def check_masks(compilation: Compilation) -> None:
    """Warn where a masked answer is not what the contract's own schema says."""
    schemas, actions = compilation.schemas, compilation.tables.actions
    for index, (node, source) in enumerate(zip(schemas.nodes, schemas.sources, strict=True)):
        if index in schemas.of_requests:
            continue
        if "mask" in node and source.is_mapping:
            action = actions[node["mask"]["action"]]
            own = {key: source.mapping[key].plain() for key in _ABOUT_TEXT if key in source.mapping}
            broken = broken_keywords(own, action)
            if broken:
                _warn(compilation, source, f"masking by {action['strategy']} breaks {', '.join(broken)}")
        removed = [name for name, child in node.get("properties", ()) if _is_removed(compilation, child)]
        for name in (name for name in removed if name in node.get("required", ())):
            _warn(compilation, source.find("properties", name) or source, f"{name!r} is required, and masked by remove")


def _is_removed(compilation: Compilation, index: int) -> bool:
    nodes = compilation.schemas.nodes
    for _ in range(20):
        mask = nodes[index].get("mask")
        if mask is not None and compilation.tables.actions[mask["action"]]["strategy"] == "remove":
            return True
        if "reference" not in nodes[index]:
            return False
        index = nodes[index]["reference"]
    return False


def _warn(compilation: Compilation, at: Node, said: str) -> None:
    message = f"{said}: who gets it masked gets what this schema does not allow"
    hint = "choose a strategy that keeps it, or tell callers: the contract published to them says what they get"
    compilation.findings.warning(at, "mask_breaks_schema", message, hint, key=True)
