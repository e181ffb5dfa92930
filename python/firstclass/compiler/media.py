"""Media types of requests and answers: which are read and judged, which stream, which nobody can guard."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.applicators import is_flagged
from firstclass.compiler.assertions import as_count
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import MEDIA_TYPE, check_fields, expect_mapping, find_mapping
from firstclass.compiler.keywords import not_yet
from firstclass.compiler.multipart import lower_multipart
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.reaching import refuse_idle
from firstclass.compiler.schemas import Direction
from firstclass.compiler.shapes import find_shape

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_BYTES_ONLY = frozenset(
    {
        "type",
        "format",
        "maxLength",
        "minLength",
        "contentMediaType",
        "contentEncoding",
        "title",
        "description",
        "example",
    }
)


def essence(media_type: str) -> str:
    """The media type in lower case without parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a body of this type is JSON (RFC 6839 §3.1 for `+json`)."""
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def _is_well_formed(media_type: str) -> bool:
    kind, slash, subtype = media_type.partition("/")
    text = kind + subtype
    return bool(slash and kind and subtype) and all(c.isalnum() or c in "!#$&-^_.+*" for c in text) and text.isascii()


def lower_media(
    compilation: Compilation, content: dict[str, Node], document: Document, direction: Direction, at: str
) -> list[dict[str, Any]]:
    """The bundle's list of media types, most specific first; `at` is the source map's prefix."""
    out: dict[str, tuple[dict[str, Any], Node]] = {}
    for name, written in content.items():
        media_type = essence(name)
        found = compilation.follow(written, document)
        if found is None:
            continue
        node, inside = found
        if not _is_well_formed(media_type):
            message = f"{name!r} is no media type"
            compilation.findings.error(node, "media_type_invalid", message, "as in application/json", key=True)
            continue
        if not expect_mapping(node, name, compilation.findings):
            continue
        check_fields(node, MEDIA_TYPE, "a media type", compilation.findings)
        if _is_refused(compilation, media_type, node, direction, is_only=len(content) == 1):
            continue
        lowered = _lower(compilation, media_type, node, inside, direction)
        if lowered is None:
            continue
        if out.get(lowered["media_type"], (None,))[0] == lowered:
            continue  # as with application/json and application/json;stream=watch: parameters change nothing here
        if lowered["media_type"] in out:
            message = f"{lowered['media_type']} is declared twice here"
            compilation.findings.error(node, "duplicate_media_type", message, "keep one of the two", key=True)
            continue
        out[lowered["media_type"]] = (lowered, node)
    ordered = sorted(out.values(), key=lambda found: found[0]["media_type"].count("*"))
    for position, (_, node) in enumerate(ordered):
        compilation.sources[f"{at}/media/{position}"] = node
    return [media for media, _ in ordered]


def _lower(
    compilation: Compilation, media_type: str, node: Node, document: Document, direction: Direction
) -> dict[str, Any] | None:
    schema = node.find("schema")
    if schema is not None and schema.value is None:
        schema = None
    items = node.find("itemSchema")
    if items is not None:
        why = f"the items of {media_type} pass uninspected"
        compilation.findings.unenforced(items, f"the itemSchema of {media_type}", why)
        if schema is not None and _is_unreadable(compilation, items, items, document, "under itemSchema", direction):
            return None
    if media_type == MULTIPART and direction == "request":
        return lower_multipart(compilation, node, schema, document)
    if "*" in media_type and schema is not None and not _is_bytes(compilation, schema, document):
        message = f"a body with this schema under {media_type} is read as application/json only"
        hint = "name the media type: application/json"
        compilation.findings.warning(node, "media_range_with_schema", message, hint, key=True)
        media_type = "application/json"
    if is_json(media_type):
        compilation.features.add("body-json")
        index = _index(compilation, schema, node, document, direction)
        return {"media_type": media_type, "kind": {"json": {"schema": index}}}
    if media_type == FORM and direction == "request":
        compilation.features.add("body-form")
        shape: dict[str, Any] = {"object": {"properties": [], "additional": None}}
        if schema is not None:
            shape = _form_shape(compilation, schema, document)
        _list_encodings(compilation, node)
        index = _index(compilation, schema, node, document, direction)
        return {"media_type": media_type, "kind": {"form": {"schema": index, "shape": shape}}}
    return _opaque(compilation, media_type, node, document, direction)


# What an encoding may say of a field of a form, and what is held in its place.
_FIELD = {
    "contentType": "a field is judged as text, whatever media type it is said to be",
    "headers": "a field of a form has no headers",
    "allowReserved": "reserved characters are read in either spelling",
}


def _list_encodings(compilation: Compilation, node: Node) -> None:
    """A form's lists are the name repeated; any other way of writing its fields is told."""
    for encoding in find_mapping(node, "encoding", compilation.findings).values():
        explode, style = encoding.find("explode"), encoding.find("style")
        if (explode is not None and explode.value is False) or (style is not None and style.text != "form"):
            why = "a list in one value is judged as one item"
            compilation.findings.unenforced(encoding, "the style of a form's field", why)
        for key, why in _FIELD.items():
            written = encoding.find(key)
            is_plain = key == "contentType" and written is not None and written.text == "text/plain"
            if written is not None and written.value is not False and not is_plain:
                compilation.findings.unenforced(written, f"{key} of a form's field", why)


def _is_refused(compilation: Compilation, media_type: str, node: Node, direction: Direction, *, is_only: bool) -> bool:
    """Bodies of several parts that nobody here can take apart: an error where nothing else could be sent."""
    if not media_type.startswith("multipart/") or media_type == MULTIPART or direction != "request":
        return False
    hint = "use multipart/form-data or application/json, or an opaque media type for the file alone"
    if is_only:
        not_yet(compilation.findings, node, f"the body of {media_type}", hint)
    else:
        message = f"bodies of {media_type} cannot be judged by this version: they are refused"
        compilation.findings.warning(node, "media_type_refused", message, hint, key=True)
    return True


def _index(compilation: Compilation, schema: Node | None, node: Node, document: Document, direction: Direction) -> int:
    if schema is not None:
        _warn_of_flag(compilation, schema, document, direction)
        return compilation.schemas.add(schema, document, direction)
    message = "without a schema every property is undeclared: only a scalar or an empty object passes"
    compilation.findings.warning(node, "schema_missing", message, "write schema: …", key=True)
    return compilation.schemas.constant(node, {})


def _warn_of_flag(compilation: Compilation, schema: Node, document: Document, direction: Direction) -> None:
    """A whole body that one direction never has."""
    scope = compilation.schemas.scopes.of_schema(schema, document)
    flag, said = ("readOnly", "no request has") if direction == "request" else ("writeOnly", "no answer has")
    if is_flagged(compilation.schemas, schema, scope, flag):
        message = f"{flag} holds for the whole of this body, which {said} therefore"
        hint = f"write {flag} on the properties that are meant, or remove it"
        compilation.findings.warning(schema, "body_never_passes", message, hint, key=True)


def _form_shape(compilation: Compilation, schema: Node, document: Document) -> dict[str, Any]:
    shape = find_shape(compilation.schemas, schema, document)
    if "object" not in shape:
        message = "a form is an object: its schema must have type: object"
        compilation.findings.error(schema, "form_schema_invalid", message, "write type: object with properties")
        return {"object": {"properties": [], "additional": None}}
    return shape


def _opaque(
    compilation: Compilation, media_type: str, node: Node, document: Document, direction: Direction
) -> dict[str, Any] | None:
    compilation.features.add("body-opaque")
    schema = node.find("schema") or node.find("itemSchema")
    max_bytes = None
    if schema is not None and schema.value is not None:
        settled, _ = compilation.schemas.settle(schema, compilation.schemas.scopes.of_schema(schema, document))
        if _is_unreadable(compilation, schema, node, document, f"in {media_type}", direction):
            return None
        length = settled.find("maxLength")
        max_bytes = as_count(length) if length is not None else None
        if not _is_bytes(compilation, schema, document):
            why = f"bodies of {media_type} pass uninspected; maxLength counts bytes"
            compilation.findings.unenforced(node, f"the schema of {media_type}", why)
    return {"media_type": media_type, "kind": {"opaque": {"max_bytes": max_bytes}}}


def _is_unreadable(
    compilation: Compilation, schema: Node, at: Node, document: Document, place: str, direction: Direction
) -> bool:
    """Whether something below a schema that nobody reads hides or holds; if so, it is said. What a request shows is its
    caller's own."""
    hint = "this version reads JSON only: use application/json, or remove this media type from the contract"
    scope = compilation.schemas.scopes.of_schema(schema, document)
    return refuse_idle(compilation.schemas, schema, scope, at, place, hint, is_answer=direction == "response")


def _is_bytes(compilation: Compilation, schema: Node, document: Document) -> bool:
    """Whether a schema says no more than that the body is a string of bytes with a bounded length."""
    settled, _ = compilation.schemas.settle(schema, compilation.schemas.scopes.of_schema(schema, document))
    kind = settled.find("type")
    return set(settled.mapping) <= _BYTES_ONLY and (kind is None or kind.text in ("string", "file"))
