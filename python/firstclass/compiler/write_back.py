"""The write-back guard at compile time: the feature that a bundle asks the engine for, and warnings where callers must
write what they may not read, or where nobody can know a mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.documents import same_value, wrapped
from firstclass.compiler.json_patches import JSON_PATCH, MERGE_PATCH
from firstclass.compiler.nodes import Node
from firstclass.compiler.table_order import leading_to, schema_roots

Place = tuple[str, ...]
# Bytes of another kind than what a JSON answer shows.
_OTHER_KINDS = ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf", "application/zip")
MAX_DEPTH = 8
MAX_PLACES = 2000


@dataclass
class Hidden:
    """A place that callers read masked: by which categories, whether the mask is a text that could come back, and
    whether the body must have it."""

    categories: set[str] = field(default_factory=set)
    comes_back: bool = False
    required: bool = False


def require_write_back(
    compilation: Compilation, operations: list[dict[str, Any]], schemas: list[dict[str, Any]]
) -> None:
    """A bundle with masks that can come back needs an engine which knows them."""
    masked = [index for index, schema in enumerate(schemas) if "mask" in schema]
    leads = leading_to(schemas, masked)
    requests = [{**operation, "responses": []} for operation in operations]
    holders = schema_roots(requests)
    if any(holder["schema"] in leads for holder in holders):
        compilation.features.add("write-back")


def check_write_backs(compilation: Compilation, operations: list[dict[str, Any]], paths: list[dict[str, Any]]) -> None:
    """Warn of each PUT, in whatever media type, that replaces a value which its callers read masked, and of each other
    body that must have it, for they cannot write it; of each body that takes such a value and does not classify it,
    for nobody can know its mask there; and of each media type that nobody reads beside a masked one.
    """
    for position, operation in enumerate(operations):
        at = compilation.sources.get(f"operations/{position}/body")
        if operation["method"] in ("GET", "QUERY") or operation["body"] is None or at is None:
            continue
        shown = _shown(compilation, operations, operation, paths)
        hidden: dict[Place, Hidden] = {}
        unknown: dict[Place, Hidden] = {}
        for place, index, required, bare in _written(compilation, operation):
            known = _hidden(compilation, index)
            seen = next((shown[each] for each in (place, bare) if each in shown), None)
            if seen is not None and seen.comes_back and not known.categories:
                unknown[place] = seen
            is_replaced = operation["method"] == "PUT" or (required and seen is not None)
            categories = known.categories | (seen.categories if seen is not None else set())
            if categories and is_replaced:
                found = hidden.setdefault(place, Hidden())
                found.categories |= categories
                found.required |= required
        if unknown:
            _warn_of_unknown(compilation, operation, unknown, at)
        if hidden:
            _warn_of_put(compilation, operation, hidden, _find_patch(operations, operation), at)
        if any(found.comes_back for found in shown.values()):
            _warn_of_unread(compilation, position, operation)


def _warn_of_unread(compilation: Compilation, position: int, operation: dict[str, Any]) -> None:
    for number, media in enumerate(operation["body"]["media"]):
        name = media["media_type"]
        if "opaque" not in media["kind"] or name.startswith(_OTHER_KINDS):
            continue
        at = compilation.sources[f"operations/{position}/body/media/{number}"]
        said = f"{operation['id']} takes {name}, which is not read: a mask that is written back would replace the value"
        hint = "remove the media type, so that callers write JSON or a form"
        compilation.findings.warning(at, "write_back_unknown", said, hint, key=True)


def _find_patch(operations: list[dict[str, Any]], writing: dict[str, Any]) -> str | None:
    """Another operation of the same path that takes a merge patch."""
    for operation in operations:
        body = operation["body"]
        if (operation["path"], operation["method"]) != (writing["path"], "PATCH") or body is None:
            continue
        if operation is writing:
            continue
        if any(media["media_type"] == MERGE_PATCH for media in body["media"]):
            return str(operation["id"])
    return None


def _warn_of_put(
    compilation: Compilation, operation: dict[str, Any], hidden: dict[Place, Hidden], patch: str | None, at: Node
) -> None:
    must = "must write" if any(found.required for found in hidden.values()) else "replace"
    said = f"callers of {operation['id']} {must} {_names(hidden)}, which they read masked: they cannot know the value"
    categories = ", ".join(sorted(set().union(*(found.categories for found in hidden.values()))))
    way = f"callers can use {patch} instead" if patch else f"declare a PATCH with {MERGE_PATCH}"
    hint = f"{way}, where masked members are left out, or unmask {categories} for who writes"
    if operation["method"] == "PATCH":
        names = _names({place: found for place, found in hidden.items() if found.required})
        hint = f"require nothing of {names} in the body, or unmask {categories} for who writes"
    compilation.findings.warning(at, "masked_write_back", said, hint, key=True)


def _warn_of_unknown(
    compilation: Compilation, operation: dict[str, Any], unknown: dict[Place, Hidden], at: Node
) -> None:
    said = (
        f"{operation['id']} takes {_names(unknown)} unclassified: a mask that is written back would replace the value"
    )
    hint = "classify it in the body's schema as in the answer's: let both refer to one schema"
    compilation.findings.warning(at, "write_back_unknown", said, hint, key=True)


def _names(places: dict[Place, Hidden]) -> str:
    return ", ".join(".".join(place) for place in list(places)[:5]) + (", …" if len(places) > 5 else "")


def _shown(
    compilation: Compilation, operations: list[dict[str, Any]], writing: dict[str, Any], paths: list[dict[str, Any]]
) -> dict[Place, Hidden]:
    """Places that are masked where callers read the document: in what GET of the path answers, in the answer to the
    write itself, and in the items of a list of such documents, without what is only wrapped around them."""
    template = paths[writing["path"]]["template"]
    above = template.rpartition("/")[0] if template.endswith("}") else None
    found: dict[Place, Hidden] = {}
    for operation in operations:
        is_list = operation["method"] == "GET" and paths[operation["path"]]["template"].rstrip("/") == above
        is_one = operation["path"] == writing["path"] and (operation["method"] == "GET" or operation is writing)
        if not is_list and not is_one:
            continue
        for response in operation["responses"]:
            for media in response["media"] if response["status"].startswith("2") else ():
                root = media["kind"].get("json", {}).get("schema")
                for each in _documents(compilation, root, is_list=is_list) if root is not None else ():
                    for place, index, _ in _places(compilation, each):
                        known = _hidden(compilation, index)
                        if place and known.categories:
                            found.setdefault(place, known)
    return found


def _documents(compilation: Compilation, root: int, *, is_list: bool) -> list[int]:
    """What a body may be the document of: the whole of it, what it only wraps, or the items of these."""
    found = [root, *(child for _, child in wrapped(compilation, root))]
    if not is_list:
        return found
    return [node["items"] for each in found for node in same_value(compilation, each) if "items" in node]


def _written(compilation: Compilation, operation: dict[str, Any]) -> Iterator[tuple[Place, int, bool, Place]]:
    """Every place of the body, in each media type that is read, also without what is only wrapped around the document.
    A JSON Patch is held against the document itself."""
    for media in operation["body"]["media"]:
        kind = media["kind"]
        root = kind.get("json", kind.get("form", {})).get("schema")
        if root is not None and media["media_type"] != JSON_PATCH:
            wrapping = {name for name, _ in wrapped(compilation, root)}
            for place, index, required in _places(compilation, root):
                if place:
                    yield place, index, required, place[1:] if place[0] in wrapping else place
        for part in kind.get("multipart", {}).get("parts", ()):
            name, required = part["name"], part["least"] > 0
            # The items of a list, each a part of its own.
            many = ("*",) if part["most"] != 1 else ()
            for content in part["content"].values():
                for place, index, needed in _places(compilation, content["schema"]) if "schema" in content else ():
                    whole = (name, *many, *place)
                    yield whole, index, needed if place else required, whole


def _hidden(compilation: Compilation, index: int) -> Hidden:
    found = Hidden()
    for node in same_value(compilation, index):
        if "mask" in node:
            found.categories.add(compilation.tables.categories[node["mask"]["category"]])
            found.comes_back |= compilation.tables.actions[node["mask"]["action"]]["strategy"] != "remove"
    return found


def _places(compilation: Compilation, root: int) -> list[tuple[Place, int, bool]]:
    """Members by name, with their schema and whether they are required; items are `*`. Recursion ends somewhere."""
    out: list[tuple[Place, int, bool]] = [((), root, True)]
    for place, index, _ in out:
        if len(place) >= MAX_DEPTH or len(out) > MAX_PLACES:
            break
        for node in same_value(compilation, index):
            required = node.get("required", ())
            out += [((*place, name), child, name in required) for name, child in node.get("properties", ())]
            out += [((*place, "*"), node[key], False) for key in ("items", "additional") if key in node]
    return out
