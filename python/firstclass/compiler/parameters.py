"""Parameters: where they stand, how they are written, and what their values must be."""

from __future__ import annotations

from typing import Any

from firstclass.compiler import header_parameters, key_queries
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import EXTENSION, PARAMETER, check_fields, expect_mapping, find_flag, find_mapping
from firstclass.compiler.keywords import check_waiver, not_yet, read_extension, read_object, read_owner, waives_pattern
from firstclass.compiler.media import essence, is_json
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.parameter_styles import check_style
from firstclass.compiler.reaching import find_below, is_read_only
from firstclass.compiler.reveals import read_reveals
from firstclass.compiler.shapes import find_shape, find_shape_alone
from firstclass.compiler.value_types import find_types
from firstclass.model.suggestions import did_you_mean

Key = tuple[str, str]
STYLES = {
    "path": {"simple": "simple", "label": "label", "matrix": "matrix"},
    "query": {
        "form": "form",
        "spaceDelimited": "space_delimited",
        "pipeDelimited": "pipe_delimited",
        "deepObject": "deep_object",
    },
    "header": {"simple": "simple"},
    "cookie": {"form": "form", "cookie": "form"},
}


class Declared:
    """A parameter of an operation before it is lowered: its object, and the file that it is written in."""

    def __init__(self, name: str, place: str, node: Node, document: Document) -> None:
        self.name = name
        self.place = place
        self.node = node
        self.document = document

    @property
    def key(self) -> Key:
        """What makes two parameters the same one."""
        return (self.name.lower() if self.place == "header" else self.name, self.place)


def collect(compilation: Compilation, items: list[Node], document: Document) -> dict[Key, Declared]:
    """The parameters of a list, by name and place."""
    out: dict[Key, Declared] = {}
    for item in items:
        declared = _declared(compilation, item, document)
        if declared is None:
            continue
        if declared.key in out:
            message = f"the {declared.place} parameter {declared.name!r} is declared twice"
            compilation.findings.error(item, "duplicate_parameter", message, "keep one of the two")
        out[declared.key] = declared
    return out


def _declared(compilation: Compilation, item: Node, document: Document) -> Declared | None:
    findings = compilation.findings
    found = compilation.follow(item, document)
    if found is None or not expect_mapping(found[0], "a parameter", findings):
        return None
    node, document = found
    check_fields(node, PARAMETER, "a parameter", findings, extensible=(EXTENSION,))
    name, place = node.find("name"), node.find("in")
    if name is None or not name.text:
        findings.error(node, "missing_key", "a parameter needs a name", "write name: …")
        return None
    if place is not None and place.text == "querystring":
        hint = "declare each parameter of the query by its name"
        not_yet(findings, place, "a whole query string as one value", hint)
        return None
    if place is None or place.text not in STYLES:
        said = "a parameter needs 'in'" if place is None else f"a parameter cannot stand in {place.plain()!r}"
        hint = did_you_mean(str(place.value) if place is not None else "", STYLES)
        findings.error(place or node, "parameter_place_unknown", said, hint)
        return None
    if place.text == "header" and not header_parameters.passes(compilation, node, name):
        return None
    if place.text == "header" and not is_header_name(name.text):
        hint = "letters, digits and hyphens; underscores and dots are not forwarded"
        findings.error(name, "header_name_invalid", f"{name.text!r} cannot be the name of a header", hint)
        return None
    if place.text == "query" and not key_queries.passes(compilation, node, name):
        return None
    if place.text == "cookie" and not is_cookie_name(name.text):
        hint = "letters, digits and !#$%&'*+-.^_`|~"
        findings.error(name, "cookie_name_invalid", f"{name.text!r} cannot be the name of a cookie", hint)
        return None
    return Declared(name.text, place.text, node, document)


def is_header_name(name: str) -> bool:
    """Whether the name is one that the framing layer lets through without an alias (RFC 9110 token without _ and .)."""
    return name.isascii() and all(c.isalnum() or c in "!#$%&'*+-^`|~" for c in name) and bool(name)


def is_cookie_name(name: str) -> bool:
    """Whether the name is a token (RFC 6265 §4.1.1): with any other character servers cut it in different places."""
    return is_header_name(name.replace("_", "-").replace(".", "-"))


def lower_parameter(compilation: Compilation, declared: Declared) -> dict[str, Any] | None:
    """The bundle's form of one parameter."""
    node, findings = declared.node, compilation.findings
    required = find_flag(node, "required", declared.place == "path", findings)
    if declared.place == "path" and not required:
        hint = "write required: true"
        findings.error(node.find("required") or node, "path_parameter_optional", "a path parameter is required", hint)
    style, explode = _style(compilation, declared)
    schema, is_json_text = _schema(compilation, declared)
    if schema is None:
        return None
    extension = read_extension(node.find(EXTENSION), "parameter", findings)
    check_waiver(extension, findings)
    document = declared.document
    if not is_json_text:
        schema, document = _joined_numbers(compilation, schema, document)
    if waives_pattern(node) and schema.is_mapping:
        schema, scope = compilation.schemas.settle(schema, compilation.schemas.scopes.of_schema(schema, document))
        schema, document = (
            schema.with_value({**schema.mapping, EXTENSION: _waiver(schema, node)}),
            scope.resource.document,
        )
    out: dict[str, Any] = {
        "name": declared.name.lower() if declared.place == "header" else declared.name,
        "in": declared.place,
        "required": required,
        "style": style,
        "explode": explode,
        "allow_reserved": find_flag(node, "allowReserved", False, findings) and declared.place == "query",
        "allow_empty": find_flag(node, "allowEmptyValue", False, findings) and declared.place == "query",
        "json": is_json_text,
        "shape": {"scalar": ["string"]} if is_json_text else find_shape(compilation.schemas, schema, document),
        "schema": _judged(compilation, schema, document),
        "owner": read_owner(extension, findings),
        "object": read_object(extension, findings),
    }
    alone = find_shape_alone(compilation.schemas, schema, document) if "array" in out["shape"] else None
    if alone is not None:
        out["alone"] = alone
        compilation.features.add("value-or-list")
    revealed = read_reveals(compilation, extension, schema, document)
    if revealed:
        out["reveals"] = revealed
    check_style(compilation, node, schema, document, out)
    _check_owner(compilation, declared, out)
    return out


def _judged(compilation: Compilation, schema: Node, document: Document) -> int:
    """The index of a parameter's schema. An id of `readOnly` components is asked for here; nothing is written."""
    schemas = compilation.schemas
    found = find_below(schemas, schema, schemas.scopes.of_schema(schema, document), is_read_only)
    return schemas.add(schema, document, "request", "members" if found is not None else "held")


def _joined_numbers(compilation: Compilation, schema: Node, document: Document) -> tuple[Node, Document]:
    """`oneOf` of integers and numbers as `anyOf`: an integer is a number, so that as it stands nobody could send one.

    In JSON the sender may write another number; a text is what it is.
    """
    schemas = compilation.schemas
    settled, scope = schemas.settle(schema, schemas.scopes.of_schema(schema, document))
    members = settled.find("oneOf")
    if members is None or not members.is_sequence or "anyOf" in settled.mapping:
        return schema, document
    types = [find_types(schemas, member, scope) or frozenset() for member in members.sequence]
    if not all(types) or frozenset().union(*types) != {"integer", "number"}:
        return schema, document
    joined = {"anyOf" if key == "oneOf" else key: value for key, value in settled.mapping.items()}
    return settled.with_value(joined), scope.resource.document


def _waiver(schema: Node, parameter: Node) -> Node:
    """The schema's own extension object, with the parameter's waiver in it."""
    own = schema.find(EXTENSION)
    waiver = parameter.find(EXTENSION, "pattern")
    assert waiver is not None
    return (own or waiver).with_value({**(own.mapping if own is not None else {}), "pattern": waiver})


def _style(compilation: Compilation, declared: Declared) -> tuple[str, bool]:
    styles = STYLES[declared.place]
    default = next(iter(styles))
    written = declared.node.find("style")
    name = default
    if written is not None and written.text in styles:
        name = written.text
    elif written is not None:
        message = f"a {declared.place} parameter cannot have the style {written.plain()!r}"
        hint = did_you_mean(str(written.value), styles)
        compilation.findings.error(written, "style_unknown", message, hint)
    explode = find_flag(declared.node, "explode", name == "form", compilation.findings)
    return styles[name], explode


def _schema(compilation: Compilation, declared: Declared) -> tuple[Node | None, bool]:
    """The parameter's schema, and whether its value is JSON text."""
    node, findings = declared.node, compilation.findings
    schema = node.find("schema")
    if "content" not in node.mapping:
        if schema is None:
            message = f"the parameter {declared.name!r} says nothing about its value"
            findings.error(node, "missing_key", message, "write schema: {type: string, maxLength: 100}")
        return schema, False
    content = find_mapping(node, "content", findings)
    if schema is not None or len(content) != 1:
        hint = "write either schema or content with one media type"
        findings.error(node, "parameter_invalid", f"the parameter {declared.name!r} says it in two ways", hint)
        return None, False
    media_type, media = next(iter(content.items()))
    if not is_json(essence(media_type)):
        message = f"a parameter written as {media_type} cannot be read"
        findings.error(media, "media_type_unreadable", message, "use application/json or schema", key=True)
        return None, False
    inner = media.find("schema")
    if inner is None:
        findings.error(media, "missing_key", f"{media_type} needs a schema here", "write schema: …", key=True)
    return inner, True


def _check_owner(compilation: Compilation, declared: Declared, out: dict[str, Any]) -> None:
    """An owner is compared with one id: of a list, one that is somebody else's might be behind one that is not."""
    at = declared.node.find(EXTENSION, "owner")
    if at is not None and out["owner"] is not None and (out["json"] or "scalar" not in out["shape"]):
        message = f"the parameter {declared.name!r} is no single id, so that nobody can be its owner"
        hint = "let its schema be a string or an integer, or remove owner"
        compilation.findings.error(at, "owner_does_not_fit", message, hint)
