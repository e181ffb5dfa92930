"""What a JSON Patch (RFC 6902) changes: the schemas of the document behind its path, where they hide or own anything.
The engine holds what stands at its pointers against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.documents import same_value, wrapped
from firstclass.compiler.table_order import leading_to

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


def note_patched(compilation: Compilation, operations: list[dict[str, Any]]) -> None:
    """Write `patched` on each body that may be a JSON Patch of something with a mask or an owner: callers read the
    document by GET of its path or in the answer to the patch, and replace it by PUT or by a merge patch. All of these
    schemas say which pointers there are."""
    patching = [each for each in operations if _takes(each, JSON_PATCH)]
    if not patching:
        return
    nodes = compilation.schemas.nodes
    leads = leading_to(nodes, [index for index, node in enumerate(nodes) if "mask" in node or "owner" in node])
    for operation in patching:
        found = dict.fromkeys(_documents(compilation, operations, operation))
        if any(index in leads for index in found):
            operation["body"]["patched"] = [{"schema": index} for index in found]
            compilation.features.add("json-patch")


def _takes(operation: dict[str, Any], media_type: str) -> bool:
    body = operation["body"]
    return body is not None and any(media["media_type"] == media_type for media in body["media"])


def _documents(compilation: Compilation, operations: list[dict[str, Any]], patching: dict[str, Any]) -> Iterator[int]:
    """Whole bodies and answers, and what they only wrap."""
    for root in _bodies(operations, patching):
        yield root
        for _, child in wrapped(compilation, root):
            if any("properties" in node for node in same_value(compilation, child)):
                yield child


def _bodies(operations: list[dict[str, Any]], patching: dict[str, Any]) -> Iterator[int]:
    for operation in operations:
        if operation["path"] != patching["path"]:
            continue
        if operation["method"] == "GET" or operation is patching:
            for response in operation["responses"]:
                if response["status"][0] in "2d":
                    yield from _json(response["media"])
        if operation["body"] is not None and operation["method"] in ("PUT", "PATCH"):
            yield from _json(operation["body"]["media"])


def _json(media: list[dict[str, Any]]) -> Iterator[int]:
    for each in media:
        if "json" in each["kind"] and each["media_type"] != JSON_PATCH:
            yield each["kind"]["json"]["schema"]
