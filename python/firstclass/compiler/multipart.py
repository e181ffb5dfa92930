"""Bodies of `multipart/form-data`: the parts that a schema names, each with what may stand in it. The engine takes a
body apart by this table and judges every part before the API sees a byte."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.applicators import is_flagged
from firstclass.compiler.assertions import as_count
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import ENCODING, check_fields, find_mapping
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_scope import Scope
from firstclass.compiler.shapes import ORDER
from firstclass.compiler.shapes import parts as find_parts
from firstclass.compiler.value_types import find_types

Part = dict[str, Any]
# Judged by the table of parts; all else that a schema says about the whole body is told as not enforced.
_JUDGED = frozenset({"type", "properties", "required", "additionalProperties", "allOf", "$ref", "oneOf", "anyOf"})
_ASSERTING = ("minProperties", "maxProperties", "patternProperties", "dependentRequired", "not", "if", "enum")


def lower_multipart(
    compilation: Compilation, node: Node, schema: Node | None, document: Document
) -> dict[str, Any] | None:
    """The bundle's form of a multipart body; None after an error."""
    findings = compilation.findings
    if schema is None:
        message = "a body of multipart/form-data needs a schema that names its parts"
        findings.error(node, "form_schema_invalid", message, "write schema: {type: object, properties: …}", key=True)
        return None
    for key in ("prefixEncoding", "itemEncoding", "itemSchema"):
        if key in node.mapping:
            findings.unenforced(node.mapping[key], key, "parts of multipart/form-data go by their names")
    encoding = find_mapping(node, "encoding", findings)
    schemas = compilation.schemas
    found = find_parts(schemas, schema, schemas.scopes.of_schema(schema, document))
    properties: dict[str, tuple[Node, Scope]] = {}
    required: set[str] = set()
    for each, scope in found:
        for name, child in find_mapping(each, "properties", findings).items():
            properties.setdefault(name, (child, scope))
        needed = each.find("required")
        if each is found[0][0] or _is_certain(each, found[0][0]):
            required |= {item.text for item in (needed.sequence if needed is not None else ()) if item.text}
        _list_unenforced(compilation, each)
    if not properties:
        message = "a body of multipart/form-data is an object: its schema must name the parts under properties"
        findings.error(schema, "form_schema_invalid", message, "write type: object with properties")
        return None
    compilation.features.add("body-multipart")
    parts = [
        _part(compilation, name, *properties[name], encoding.get(name), is_required=name in required)
        for name in properties
        if not is_flagged(schemas, *properties[name], "readOnly")
    ]
    return {"media_type": "multipart/form-data", "kind": {"multipart": {"parts": parts}}}


def _is_certain(part: Node, top: Node) -> bool:
    """Whether a schema holds for every body: it is no mere alternative. `allOf` and references do, `oneOf` does not."""
    alternatives = [top.find(key) for key in ("oneOf", "anyOf")]
    return all(found is None for found in alternatives) and part is not top


def _list_unenforced(compilation: Compilation, part: Node) -> None:
    for key in (*_ASSERTING, "oneOf", "anyOf"):
        value = part.find(key)
        if value is not None:
            why = "a body of several parts is judged part by part"
            compilation.findings.unenforced(value, f"{key} of a multipart body", why)


def _part(
    compilation: Compilation, name: str, node: Node, scope: Scope, encoding: Node | None, *, is_required: bool
) -> Part:
    schemas = compilation.schemas
    node, scope = schemas.settle(node, scope)
    scope = schemas.scopes.inside(node, scope)
    types = find_types(schemas, node, scope)
    least: int = 1 if is_required else 0
    most: int | None = 1
    items = node.find("items")
    if types is not None and "array" in types and items is not None and _media_types(compilation, encoding) is None:
        least, most = _counts(node, is_required=is_required)
        node, scope = schemas.settle(items, schemas.scopes.inside(node, scope))
        types = find_types(schemas, node, scope)
    return {
        "name": name,
        "least": least,
        "most": most,
        "types": _media_types(compilation, encoding) or [],
        "content": _content(compilation, node, scope, types),
    }


def _counts(node: Node, *, is_required: bool) -> tuple[int, int | None]:
    """How often the part of an array may stand; without an item the array itself is absent."""
    least, most = node.find("minItems"), node.find("maxItems")
    lowest = as_count(least) if least is not None else None
    return (max(lowest or 0, 1) if is_required else 0), as_count(most) if most is not None else None


def _media_types(compilation: Compilation, encoding: Node | None) -> list[str] | None:
    if encoding is None:
        return None
    check_fields(encoding, ENCODING, "an encoding", compilation.findings)
    for key in ("headers", "encoding", "prefixEncoding", "itemEncoding"):
        if key in encoding.mapping:
            why = "a part has no header but Content-Disposition and Content-Type"
            compilation.findings.unenforced(encoding.mapping[key], f"{key} of a part", why)
    # What they are without being written: a part for each item.
    for key, usual in (("style", "form"), ("explode", True), ("allowReserved", False)):
        if key in encoding.mapping and encoding.mapping[key].value != usual:
            why = "a list is a part for each item, an object is JSON"
            compilation.findings.unenforced(encoding.mapping[key], f"{key} of a part", why)
    written = encoding.find("contentType")
    if written is None or not written.text:
        return None
    return [word.partition(";")[0].strip().lower() for word in written.text.split(",") if word.strip()]


def _content(compilation: Compilation, node: Node, scope: Scope, types: frozenset[str] | None) -> dict[str, Any]:
    schemas = compilation.schemas
    if _is_binary(compilation, node):
        length = node.find("maxLength")
        return {"binary": {"max_bytes": as_count(length) if length is not None else None}}
    index = schemas.add_in(node, scope, "request")
    if types is None or types & {"object", "array"}:
        is_open = types is None and not any(key in node.mapping for key in ("properties", "items", "oneOf", "anyOf"))
        if not is_open:
            return {"json": {"schema": index}}
    return {
        "text": {"schema": index, "types": [word for word in ORDER if types is None or word in types] or ["string"]}
    }


def _is_binary(compilation: Compilation, node: Node) -> bool:
    """A string of bytes: `format: binary`, `type: file`, or (3.1) a media type of its own without an encoding."""
    form, kind, media = node.find("format"), node.find("type"), node.find("contentMediaType")
    if kind is not None and kind.text == "file":
        return True
    if form is not None and form.text == "binary":
        return True
    if compilation.dialect.is_modern and (
        not node.mapping or (media is not None and "contentEncoding" not in node.mapping)
    ):
        return media is None or not (media.text or "").startswith("text/")
    return False
