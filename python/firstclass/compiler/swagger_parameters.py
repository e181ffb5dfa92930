"""Parameters of Swagger 2.0 in OpenAPI 3.0's form: what describes the value moves into a schema, `formData` becomes a
body, `collectionFormat` a style."""

from __future__ import annotations

from collections.abc import Mapping

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.keywords import not_yet
from firstclass.compiler.nodes import Node

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORM_TYPES = (URLENCODED, MULTIPART)
_OF_PARAMETER = (
    "name",
    "in",
    "description",
    "required",
    "allowEmptyValue",
    "collectionFormat",
    "example",
    "deprecated",
)
_QUERY_STYLES = {"csv": ("form", False), "multi": ("form", True), "ssv": ("spaceDelimited", False)}
_QUERY_STYLES |= {"pipes": ("pipeDelimited", False)}


def names(node: Node | None) -> list[str]:
    """The strings of a list."""
    return [item.text for item in node.sequence if item.text is not None] if node is not None else []


def as_schema(at: Node, members: Mapping[str, Node]) -> Node:
    """A schema of these members; `type: file` is a string of bytes, and `collectionFormat` said how it is written."""
    out = {key: value for key, value in members.items() if key != "collectionFormat"}
    kind = out.get("type")
    if kind is not None and kind.text == "file":
        out |= {"type": kind.with_value("string"), "format": kind.with_value("binary")}
    items = out.get("items")
    if items is not None and items.is_mapping:
        out["items"] = as_schema(items, items.mapping)
    return at.with_value(dict(out))


def _described(parameter: Node) -> dict[str, Node]:
    return {k: v for k, v in parameter.mapping.items() if k not in _OF_PARAMETER and not k.startswith("x-")}


def as_parameter(parameter: Node, findings: Findings) -> Node:
    """A parameter in a path, query or header."""
    if "schema" in parameter.mapping or "content" in parameter.mapping:
        return parameter  # an overlay's, in the words of OpenAPI 3
    place, written = parameter.find("in"), parameter.find("collectionFormat")
    kept = {k: v for k, v in parameter.mapping.items() if k in _OF_PARAMETER or k.startswith("x-")}
    kept.pop("collectionFormat", None)
    kept["schema"] = as_schema(parameter, _described(parameter))
    kind = parameter.find("type")
    if kind is not None and kind.text == "array" and place is not None and place.text == "query":
        style = _QUERY_STYLES.get((written.text or "") if written is not None else "csv")
        at = written or parameter
        if style is None:
            not_yet(findings, at, f"collectionFormat: {at.plain()}", "write csv, ssv, pipes or multi")
        else:
            kept |= {"style": at.with_value(style[0]), "explode": at.with_value(style[1])}
    elif written is not None and written.text != "csv" and kind is not None and kind.text == "array":
        not_yet(findings, written, f"collectionFormat: {written.plain()} in this place", "write csv")
    return parameter.with_value(kept)


class Form:
    """The `formData` parameters of one operation, as the body that they are."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.fields: dict[str, Node] = {}
        self._required: list[Node] = []
        self._encoding: dict[str, Node] = {}
        self._has_file = False

    def add(self, parameter: Node) -> None:
        """One field."""
        name, needed = parameter.find("name"), parameter.find("required")
        if name is None or not name.text:
            self.findings.error(parameter, "missing_key", "a parameter needs a name", "write name: …")
            return
        kind, written = parameter.find("type"), parameter.find("collectionFormat")
        extensions = {k: v for k, v in parameter.mapping.items() if k.startswith("x-")}
        self.fields[name.text] = as_schema(parameter, {**_described(parameter), **extensions})
        self._required += [name] if needed is not None and needed.is_true else []
        self._has_file = self._has_file or (kind is not None and kind.text == "file")
        if kind is not None and kind.text == "array" and (written is None or written.text != "multi"):
            at = written or parameter
            style = {"style": at.with_value("form"), "explode": at.with_value(False)}
            self._encoding[name.text] = at.with_value(dict(style))

    def as_body(self, at: Node, types: list[Node]) -> Node:
        """The request body; a file is only ever sent as multipart/form-data."""
        schema: dict[str, Node] = {"type": at.with_value("object"), "properties": at.with_value(dict(self.fields))}
        if self._required:
            schema["required"] = at.with_value([name.with_value(name.text) for name in self._required])
        if self._has_file or not types:
            types = [at.with_value(MULTIPART if self._has_file else URLENCODED)]
        media: dict[str, Node] = {"schema": at.with_value(schema)}
        if self._encoding:
            media["encoding"] = at.with_value(dict(self._encoding))
        content = {str(node.text): at.with_value(dict(media)) for node in types}
        needed = at.with_value(bool(self._required))
        return at.with_value({"required": needed, "content": at.with_value(dict(content))})
