"""Swagger 2.0 read as OpenAPI 3.0: the tree is rebuilt in memory and every node keeps its place in the original file.
Overlays have been applied before, so that they too speak of the document that its authors wrote."""

from __future__ import annotations

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import expect_mapping, expect_sequence, find_mapping, find_sequence
from firstclass.compiler.keywords import not_yet
from firstclass.compiler.nodes import Node
from firstclass.compiler.swagger_parameters import FORM_TYPES, Form, as_parameter, as_schema, names
from firstclass.model.suggestions import did_you_mean

VERSION = "2.0"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ROOT = (
    *("swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions"),
    *("parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs", "components"),
)
_KEPT = ("info", "security", "tags", "externalDocs", "definitions", "parameters")
_OPERATION = ("tags", "summary", "description", "externalDocs", "operationId", "deprecated", "security")
_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
JSON = "application/json"


def is_swagger(root: Node) -> bool:
    """Whether the document says that it is Swagger 2.0 (`swagger: 2.0`, with quotes or without)."""
    version = root.find("swagger")
    return version is not None and str(version.value) == VERSION


def convert(root: Node, findings: Findings) -> Node:
    """The document as OpenAPI 3.0; its mistakes are reported at its own lines."""
    return _Conversion(root, findings).run()


class _Conversion:
    def __init__(self, root: Node, findings: Findings) -> None:
        self.root = root
        self.findings = findings
        self.consumes = self._media_types(root, "consumes")
        self.produces = self._media_types(root, "produces")

    def run(self) -> Node:
        root = self.root
        for key, value in root.mapping.items():
            if key not in ROOT and not key.startswith("x-"):
                message = f"Swagger 2.0 has no {key!r} here"
                self.findings.error(value, "unknown_key", message, did_you_mean(key, ROOT), key=True)
        at = root.mapping["swagger"]
        members = {"openapi": at.with_value("3.0.3"), "servers": self._servers(at)}
        members |= {key: value for key, value in root.mapping.items() if key in _KEPT or key.startswith("x-")}
        members["components"] = self._components(at)
        responses = root.find("responses")
        if responses is not None and expect_mapping(responses, "responses", self.findings):
            shared = {name: self._response(node, self.produces) for name, node in responses.mapping.items()}
            members["responses"] = responses.with_value(shared)
        paths = root.find("paths")
        if paths is not None and expect_mapping(paths, "paths", self.findings):
            members["paths"] = paths.with_value({text: self._path(text, item) for text, item in paths.mapping.items()})
        return root.with_value(members)

    def _media_types(self, node: Node, key: str) -> list[Node] | None:
        listed = node.find(key)
        if listed is None or not expect_sequence(listed, key, self.findings):
            return None
        return [item for item in listed.sequence if item.text]

    def _servers(self, at: Node) -> Node:
        host, base = self.root.find("host"), self.root.find("basePath")
        schemes = names(self.root.find("schemes"))
        scheme = "https" if not schemes or "https" in schemes else schemes[0]
        authority = f"{scheme}://{host.text}" if host is not None and host.text else ""
        path = (base.text or "") if base is not None else ""
        if path and not path.startswith("/"):
            path = "/" + path
        place = base or host or at
        url = place.with_value((authority + path) or "/")
        return place.with_value([place.with_value({"url": url})])

    def _components(self, at: Node) -> Node:
        """Security schemes, and what an overlay has written under `components`."""
        schemes: dict[str, Node] = {}
        for name, node in find_mapping(self.root, "securityDefinitions", self.findings).items():
            schemes[name] = self._scheme(node)
        written = self.root.find("components")
        added = written.find("securitySchemes") if written is not None else None
        schemes |= added.mapping if added is not None else {}
        place = self.root.find("securityDefinitions") or written or at
        others = dict(written.mapping) if written is not None else {}
        return place.with_value({**others, "securitySchemes": place.with_value(dict(schemes))})

    def _scheme(self, node: Node) -> Node:
        kind = node.find("type")
        if kind is None or not node.is_mapping:
            return node
        members = {key: value for key, value in node.mapping.items() if key == "description" or key.startswith("x-")}
        if kind.text == "basic":
            return node.with_value({**members, "type": kind.with_value("http"), "scheme": kind.with_value("basic")})
        if kind.text != "oauth2":
            return node
        flow = node.find("flow")
        word = _FLOWS.get(flow.text or "") if flow is not None else None
        if word is None:
            message, hint = "an oauth2 scheme of Swagger 2.0 needs a flow", f"write one of {', '.join(_FLOWS)}"
            self.findings.error(flow or node, "security_scheme_invalid", message, hint)
            return node.with_value({**members, "type": kind})
        inside = {k: v for k, v in node.mapping.items() if k in ("authorizationUrl", "tokenUrl", "scopes")}
        flows = node.with_value({word: node.with_value(inside)})
        return node.with_value({**members, "type": kind, "flows": flows})

    def _path(self, text: str, item: Node) -> Node:
        if not item.is_mapping or text.startswith("x-"):
            return item
        shared = find_sequence(item, "parameters", self.findings)
        members: dict[str, Node] = {}
        for key, value in item.mapping.items():
            if key in METHODS and value.is_mapping:
                members[key] = self._operation(value, shared)
            elif key != "parameters":
                members[key] = value
        return item.with_value(members)

    def _operation(self, node: Node, shared: list[Node]) -> Node:
        consumes = self._media_types(node, "consumes")
        produces = self._media_types(node, "produces")
        consumes = self.consumes if consumes is None else consumes
        produces = self.produces if produces is None else produces
        members = {k: v for k, v in node.mapping.items() if k in _OPERATION or k.startswith("x-")}
        known = {*_OPERATION, "consumes", "produces", "parameters", "responses", "schemes"}
        for key, value in node.mapping.items():
            if key not in known and not key.startswith("x-"):
                message = f"an operation of Swagger 2.0 has no {key!r}"
                self.findings.error(value, "unknown_key", message, did_you_mean(key, known), key=True)
        form = Form(self.findings)
        parameters: dict[tuple[str, str], Node] = {}
        for item in (*shared, *find_sequence(node, "parameters", self.findings)):
            found = self._followed(item, "parameters")
            if found is None:
                continue
            place, name = found.find("in"), found.find("name")
            key2 = (place.text or "" if place is not None else "", name.text or "" if name is not None else "")
            parameters["body" if key2[0] == "body" else key2[0], "" if key2[0] == "body" else key2[1]] = found
        plain: list[Node] = []
        for (kind, _), parameter in parameters.items():
            if kind == "body":
                members["requestBody"] = self._body(parameter, consumes)
            elif kind == "formData":
                form.add(parameter)
            else:
                plain.append(as_parameter(parameter, self.findings))
        listed = node.find("parameters") or node
        if plain:
            members["parameters"] = listed.with_value(list(plain))
        if form.fields:
            members["requestBody"] = form.as_body(listed, [n for n in consumes or [] if n.text in FORM_TYPES])
        responses = node.find("responses")
        if responses is not None and expect_mapping(responses, "responses", self.findings):
            lowered = {status: self._response(each, produces) for status, each in responses.mapping.items()}
            members["responses"] = responses.with_value(lowered)
        return node.with_value(members)

    def _followed(self, node: Node, kind: str) -> Node | None:
        """A parameter, or the shared one that it refers to."""
        reference = node.find("$ref")
        if reference is None:
            return node if node.is_mapping else None
        prefix, name = f"#/{kind}/", reference.text or ""
        if not name.startswith(prefix):
            not_yet(self.findings, reference, f"a reference to {name}", f"move it below {kind} of this file")
            return None
        found = self.root.find(kind, name.removeprefix(prefix).replace("~1", "/").replace("~0", "~"))
        if found is None:
            known = did_you_mean(name.removeprefix(prefix), find_mapping(self.root, kind, self.findings))
            self.findings.error(reference, "dangling_reference", f"{name} leads nowhere", known)
        return found

    def _body(self, parameter: Node, consumes: list[Node] | None) -> Node:
        schema = parameter.find("schema")
        inside = {"schema": schema} if schema is not None else {}
        types = [node for node in consumes or [] if node.text not in FORM_TYPES] or [parameter.with_value(JSON)]
        content = {str(node.text): node.with_value(dict(inside)) for node in types}
        members = {k: v for k, v in parameter.mapping.items() if k in ("description", "required")}
        return parameter.with_value({**members, "content": parameter.with_value(content)})

    def _response(self, node: Node, produces: list[Node] | None) -> Node:
        if not node.is_mapping or "$ref" in node.mapping:
            return node
        members = {k: v for k, v in node.mapping.items() if k == "description" or k.startswith("x-")}
        headers = node.find("headers")
        if headers is not None and headers.is_mapping:
            members["headers"] = headers.with_value({name: _header(each) for name, each in headers.mapping.items()})
        schema, written = node.find("schema"), node.find("content")
        if schema is None and written is not None:
            members["content"] = written  # by an overlay: Swagger 2.0 has no word for any body or none
        elif schema is not None:
            kind = schema.find("type")
            is_file = kind is not None and kind.text == "file"
            types = produces or [schema.with_value("*/*" if is_file else JSON)]
            inside = as_schema(schema, schema.mapping) if is_file else schema
            content = {str(each.text): each.with_value({"schema": inside}) for each in types}
            members["content"] = schema.with_value(content)
        return node.with_value(members)


def _header(node: Node) -> Node:
    if not node.is_mapping:
        return node
    members = {k: v for k, v in node.mapping.items() if k == "description" or k.startswith("x-")}
    kept = {k: v for k, v in node.mapping.items() if k != "description" and not k.startswith("x-")}
    return node.with_value({**members, "schema": as_schema(node, kept)})
