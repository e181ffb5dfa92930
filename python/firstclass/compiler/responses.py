"""Answers: statuses, headers and media types that may leave."""

from __future__ import annotations

import re
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import HEADER, RESPONSE, check_fields, expect_mapping, find_flag, find_mapping
from firstclass.compiler.media import lower_media
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.parameters import is_header_name
from firstclass.compiler.reaching import refuse_idle
from firstclass.compiler.shapes import find_shape

_STATUS = re.compile(r"[1-5](?:XX|[0-9][0-9])", re.ASCII)


def lower_responses(compilation: Compilation, operation: Node, document: Document, at: str) -> list[dict[str, Any]]:
    """The bundle's list of answers, in the contract's order."""
    findings = compilation.findings
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    responses = operation.find("responses")
    if responses is None:
        hint = "declare the statuses that it answers with"
        findings.warning(operation, "responses_missing", "without responses every answer is a 502", hint, key=True)
        return out
    for key, node in find_mapping(operation, "responses", findings).items():
        if key.startswith("x-"):
            continue
        status = _status(key)
        if status is None:
            message = f"{key!r} is no status"
            findings.error(
                node, "status_invalid", message, "write a status as in '200', a class as in 4XX, or default", key=True
            )
            continue
        if status in seen:
            findings.error(node, "duplicate_status", f"the status {status} is declared twice", "keep one", key=True)
            continue
        seen.add(status)
        lowered = _lower(compilation, status, node, document, f"{at}/responses/{len(out)}")
        if lowered is not None:
            compilation.sources[f"{at}/responses/{len(out)}"] = node
            out.append(lowered)
    return out


def _status(key: str) -> str | None:
    text = key.upper()
    if text == "DEFAULT":
        return "default"
    return text if _STATUS.fullmatch(text) else None


def _lower(compilation: Compilation, status: str, node: Node, document: Document, at: str) -> dict[str, Any] | None:
    found = compilation.follow(node, document)
    if found is None or not expect_mapping(found[0], "a response", compilation.findings):
        return None
    node, document = found
    check_fields(node, RESPONSE, "a response", compilation.findings)
    links = node.find("links")
    if links is not None:
        compilation.findings.unenforced(links, "links", "they describe, and are not held against answers")
    headers: list[dict[str, Any]] = []
    for name, header in find_mapping(node, "headers", compilation.findings).items():
        lowered = _header(compilation, name, header, document)
        if lowered is not None:
            compilation.sources[f"{at}/headers/{len(headers)}"] = header
            headers.append(lowered)
    content = find_mapping(node, "content", compilation.findings)
    return {"status": status, "headers": headers, "media": lower_media(compilation, content, document, "response", at)}


def _header(compilation: Compilation, name: str, node: Node, document: Document) -> dict[str, Any] | None:
    findings = compilation.findings
    found = compilation.follow(node, document)
    if name.lower() == "content-type" or found is None or not expect_mapping(found[0], "a header", findings):
        return None  # OpenAPI 3.1 §4.8.17: a Content-Type here shall be ignored
    inner, document = found
    check_fields(inner, HEADER, "a header", findings)
    if not is_header_name(name) and not name.replace("_", "").replace("-", "").isalnum():
        hint = "letters, digits and hyphens"
        findings.error(node, "header_name_invalid", f"{name!r} cannot be the name of a header", hint, key=True)
        return None
    schema = inner.find("schema")
    if schema is None:
        why = "a header without a schema is text; media types of headers are not read"
        findings.unenforced(inner, f"the value of the header {name}", why)
        _refuse_unread(compilation, inner, document)
        index, shape = compilation.schemas.constant(inner, {"types": ["string"]}), {"scalar": ["string"]}
    else:
        index = compilation.schemas.add(schema, document, "response")
        shape = find_shape(compilation.schemas, schema, document)
    required = find_flag(inner, "required", False, findings)
    return {"name": name.lower(), "required": required, "shape": shape, "schema": index}


def _refuse_unread(compilation: Compilation, header: Node, document: Document) -> None:
    """What `content` classifies would leave as it is."""
    schemas = compilation.schemas
    for media in find_mapping(header, "content", compilation.findings).values():
        for key in ("schema", "itemSchema"):
            schema = media.find(key)
            if schema is not None:
                hint = "write the header's schema beside its name, in place of content"
                refuse_idle(
                    schemas, schema, schemas.scopes.of_schema(schema, document), media, "in a header's content", hint
                )
