"""What a JSON Patch (RFC 6902) changes: the schemas of the document behind its path. The engine holds what stands at
its pointers against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.documents import same_value, wrapped

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


def note_patched(compilation: Compilation, operations: list[dict[str, Any]]) -> None:
    """Write `patched` on each body that may be a JSON Patch: callers read the document by GET of its path or in the
    answer to the patch, and replace it by PUT or by a merge patch. All of these schemas say which pointers there are,
    and those of answers (`shown`) what may be read by one."""
    for operation in operations:
        if not _takes(operation, JSON_PATCH):
            continue
        found: dict[int, bool] = {}
        for index, is_shown in _documents(compilation, operations, operation):
            found[index] = found.get(index, False) or is_shown
        if found:
            patched = [{"schema": index, **({"shown": True} if shown else {})} for index, shown in found.items()]
            operation["body"]["patched"] = patched
            compilation.features.add("json-patch")


def _takes(operation: dict[str, Any], media_type: str) -> bool:
    body = operation["body"]
    return body is not None and any(media["media_type"] == media_type for media in body["media"])


def _documents(
    compilation: Compilation, operations: list[dict[str, Any]], patching: dict[str, Any]
) -> Iterator[tuple[int, bool]]:
    """Whole bodies and answers, and what they only wrap; whether they are answers."""
    for root, is_shown in _bodies(operations, patching):
        yield root, is_shown
        for _, child in wrapped(compilation, root):
            if any("properties" in node for node in same_value(compilation, child)):
                yield child, is_shown


def _bodies(operations: list[dict[str, Any]], patching: dict[str, Any]) -> Iterator[tuple[int, bool]]:
    for operation in operations:
        if operation["path"] != patching["path"]:
            continue
        if operation["method"] == "GET" or operation is patching:
            for response in operation["responses"]:
                if response["status"][0] in "2d":
                    yield from ((root, True) for root in _json(response["media"]))
        if operation["body"] is not None and operation["method"] in ("PUT", "PATCH"):
            yield from ((root, False) for root in _json(operation["body"]["media"]))


def _json(media: list[dict[str, Any]]) -> Iterator[int]:
    for each in media:
        if "json" in each["kind"] and each["media_type"] != JSON_PATCH:
            yield each["kind"]["json"]["schema"]
