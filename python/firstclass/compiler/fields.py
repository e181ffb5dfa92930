"""Reading objects of a fixed form: the fields that OpenAPI gives each of its objects, and complaints about others."""

from __future__ import annotations

from collections.abc import Collection

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node
from firstclass.model.suggestions import did_you_mean, find_closest

EXTENSION = "x-firstclass"
CLASSIFICATION = "x-data-classification"

OPENAPI = ("openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs")
OPENAPI_31 = (*OPENAPI, "jsonSchemaDialect", "webhooks")
# By version; a contract that was Swagger 2.0 keeps its shared parts where its references look for them.
SPECIFICATIONS = {
    "3.0": (*OPENAPI, "definitions", "parameters", "responses"),
    "3.1": OPENAPI_31,
    "3.2": (*OPENAPI_31, "$self"),
}
INFO = ("title", "summary", "description", "termsOfService", "contact", "license", "version")
# Keys of a path that hold an operation.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
PATH_ITEM = ("$ref", "summary", "description", "servers", "parameters", *METHODS, "additionalOperations")
OPERATION = (
    *("tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody"),
    *("responses", "callbacks", "deprecated", "security", "servers"),
)
PARAMETER = (
    *("name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode"),
    *("allowReserved", "schema", "example", "examples", "content"),
)
HEADER = tuple(field for field in PARAMETER if field not in ("name", "in", "allowEmptyValue", "allowReserved"))
REQUEST_BODY = ("description", "content", "required")
MEDIA_TYPE = (
    *("schema", "example", "examples", "encoding"),
    *("itemSchema", "prefixEncoding", "itemEncoding"),
)
ENCODING = (
    *("contentType", "headers", "style", "explode", "allowReserved"),
    *("encoding", "prefixEncoding", "itemEncoding"),
)
RESPONSE = ("summary", "description", "headers", "content", "links")
SECURITY_SCHEME = (
    *("type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"),
    *("oauth2MetadataUrl", "deprecated"),
)
COMPONENTS = (
    *("schemas", "responses", "parameters", "examples", "requestBodies", "headers"),
    *("securitySchemes", "links", "callbacks", "pathItems", "mediaTypes"),
)
SERVER = ("url", "description", "variables", "name")


def check_fields(
    node: Node, allowed: Collection[str], what: str, findings: Findings, *, extensible: Collection[str] = ()
) -> None:
    """Report keys that `what` does not have. Foreign extensions pass; ours only where they are in `extensible`."""
    for key, value in node.mapping.items():
        if key in allowed or key in extensible:
            continue
        if key in (EXTENSION, CLASSIFICATION):
            hint = _PLACES[key]
            findings.error(value, "misplaced_extension", f"{key} has no meaning on {what}", hint, key=True)
        elif not key.startswith("x-"):
            message = f"{what} has no {key!r}"
            findings.error(value, "unknown_key", message, did_you_mean(key, {*allowed, *extensible}), key=True)
        elif find_closest(key, (EXTENSION, CLASSIFICATION), likeness=0.85):
            hint = did_you_mean(key, (EXTENSION, CLASSIFICATION))
            findings.error(value, "unknown_key", f"{key!r} is none of our extensions", hint, key=True)


_PLACES = {
    EXTENSION: "it belongs on the root, a path, an operation, a parameter, a schema or a security scheme",
    CLASSIFICATION: "it belongs on a schema",
}


def expect_mapping(node: Node, what: str, findings: Findings) -> bool:
    """Whether the node is an object; an error otherwise."""
    return node.is_mapping or _wrong(node, what, "an object", findings)


def expect_sequence(node: Node, what: str, findings: Findings) -> bool:
    """Whether the node is an array; an error otherwise."""
    return node.is_sequence or _wrong(node, what, "an array", findings)


def expect_text(node: Node, what: str, findings: Findings) -> str | None:
    """The string that the node is; an error otherwise."""
    if node.text is None:
        _wrong(node, what, "a string", findings)
    return node.text


def find_mapping(node: Node, key: str, findings: Findings) -> dict[str, Node]:
    """The members of the object under `key`; empty where it is absent or (after an error) no object."""
    value = node.find(key)
    if value is not None and expect_mapping(value, key, findings):
        return value.mapping
    return {}


def find_sequence(node: Node, key: str, findings: Findings) -> list[Node]:
    """The items of the array under `key`; empty where it is absent or (after an error) no array."""
    value = node.find(key)
    if value is not None and expect_sequence(value, key, findings):
        return value.sequence
    return []


def find_flag(node: Node, key: str, default: bool, findings: Findings) -> bool:
    """The boolean under `key`, or the default."""
    value = node.find(key)
    if value is None:
        return default
    if not isinstance(value.value, bool):
        _wrong(value, key, "true or false", findings)
        return default
    return value.value


def _wrong(node: Node, what: str, expected: str, findings: Findings) -> bool:
    hint = f"write {expected} here"
    findings.error(node, "wrong_type", f"{what} must be {expected}, not {node.kind}", hint)
    return False
