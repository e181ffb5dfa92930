"""Request bodies: whether one is needed, its media types, its bound."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import REQUEST_BODY, check_fields, expect_mapping, find_flag, find_mapping
from firstclass.compiler.media import lower_media
from firstclass.compiler.nodes import Document, Node


def lower_body(
    compilation: Compilation, operation: Node, document: Document, max_bytes: int, at: str
) -> dict[str, Any] | None:
    """The bundle's form of a request body; None: a body is refused."""
    node = operation.find("requestBody")
    if node is None:
        return None
    found = compilation.follow(node, document)
    if found is None or not expect_mapping(found[0], "a request body", compilation.findings):
        return None
    compilation.sources[f"{at}/body"] = node
    body, document = found
    check_fields(body, REQUEST_BODY, "a request body", compilation.findings)
    content = find_mapping(body, "content", compilation.findings)
    if not content:
        message = "a request body needs content: without a media type nothing could be sent"
        compilation.findings.error(body, "missing_key", message, "write content: {application/json: {schema: …}}")
        return None
    return {
        "required": find_flag(body, "required", False, compilation.findings),
        "media": lower_media(compilation, content, document, "request", f"{at}/body"),
        "max_bytes": max_bytes,
    }
