"""Paths and operations of a contract, assembled from their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from firstclass.compiler.bodies import lower_body
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import (
    EXTENSION,
    METHODS,
    OPERATION,
    PATH_ITEM,
    check_fields,
    expect_mapping,
    find_mapping,
    find_sequence,
)
from firstclass.compiler.keywords import read_extension
from firstclass.compiler.modes import lower_mode
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.parameters import Declared, Key, collect, lower_parameter
from firstclass.compiler.paths import Routes, Template, parse_template
from firstclass.compiler.policies import Policies, read_defaults, read_policies
from firstclass.compiler.query_names import check_query_names
from firstclass.compiler.responses import lower_responses
from firstclass.compiler.security import Security
from firstclass.compiler.servers import list_unused_servers
from firstclass.compiler.sessions import lower_session_keywords

_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9._~:/@-]{1,200}", re.ASCII)


class Operations:
    """Lowers the paths of one contract, in its order."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.security = Security(compilation)
        self.paths: list[dict[str, Any]] = []
        self.operations: list[dict[str, Any]] = []
        self._ids: dict[str, Node] = {}
        self._routes = Routes(compilation.findings)
        self._places: dict[tuple[str, ...], int] = {}
        self._defaults = read_defaults(compilation)

    def run(self) -> None:
        """Lower everything under `paths`."""
        paths = self.compilation.root.find("paths")
        if paths is None:
            hint = "declare the paths that may be called"
            self.findings.error(self.compilation.root, "missing_key", "the contract has no paths", hint)
            return
        # Where a call is refused because it is on none of them.
        self.compilation.sources["paths"] = paths
        for text, node in find_mapping(self.compilation.root, "paths", self.findings).items():
            if not text.startswith("x-"):
                self._path(text, node)
        for one, other in self._routes.crossing:
            self.compilation.features.add("crossing-paths")
            for path, crossed in ((one, other), (other, one)):
                crosses = self.paths[self._places[path.patterns]].setdefault("crosses", [])
                crosses.append(self._places[crossed.patterns])
        self.security.check_headers()

    def _path(self, text: str, node: Node) -> None:
        template = parse_template(text, node, self.findings)
        if template is None:
            return
        same = self._routes.add(template)
        found = self.compilation.follow(node, self.compilation.document)
        if found is None or not expect_mapping(found[0], "a path item", self.findings):
            return
        item, document = found
        check_fields(item, PATH_ITEM, "a path item", self.findings, extensible=(EXTENSION,))
        list_unused_servers(self.compilation, item)
        policies = read_extension(item.find(EXTENSION), "path", self.findings)
        shared = collect(self.compilation, find_sequence(item, "parameters", self.findings), document)
        index = self._place(template, same)
        for method, operation in self._methods(item):
            lowered = self._operation(method, operation, template, index, policies, shared, document)
            if same is not None:
                _rename(lowered, dict(zip(template.names, same.names, strict=True)))
            path = self.paths[index]
            name = method if method not in METHODS else method.upper()
            if any(known == name for known, _ in path["operations"]):
                message = f"{text} and {path['template']} match the same paths, and both have {name}"
                hint = "keep one of the two operations"
                self.findings.error(operation, "ambiguous_paths", message, hint, key=True)
            path["operations"].append([name, len(self.operations)])
            self.operations.append(lowered)

    def _place(self, template: Template, same: Template | None) -> int:
        """The index of a path; one that matches what an earlier one matches adds its operations there."""
        if same is not None:
            message = f"{template.text} and {same.text} (line {same.node.key_line}) are one path by two names"
            hint = "write it once, with one name for each parameter"
            self.findings.warning(template.node, "same_path_twice", message, hint, key=True)
        index = self._places.setdefault(template.patterns, len(self.paths))
        if index == len(self.paths):
            self.compilation.sources[f"paths/{index}"] = template.node
            self.paths.append({"template": template.text, "segments": template.as_bundle(), "operations": []})
        return index

    def _methods(self, item: Node) -> Iterator[tuple[str, Node]]:
        """The operations of a path item by method: in lower case those that OpenAPI has a field for, as written the
        others (3.2: `additionalOperations`)."""
        for method, operation in item.mapping.items():
            if method in METHODS and expect_mapping(operation, f"the operation {method}", self.findings):
                if method != "trace":
                    yield method, operation
                    continue
                hint = "remove it: TRACE echoes what a browser must not read"
                self.findings.error(operation, "method_refused", "TRACE is refused everywhere", hint, key=True)
        for method, operation in find_mapping(item, "additionalOperations", self.findings).items():
            if not _METHOD.fullmatch(method) or method.lower() in (*METHODS, "connect"):
                message, hint = f"{method!r} is no additional method", "as in COPY; get, query and others have fields"
                self.findings.error(operation, "method_refused", message, hint, key=True)
            elif expect_mapping(operation, f"the operation {method}", self.findings):
                yield method, operation

    def _operation(
        self,
        method: str,
        node: Node,
        template: Template,
        path: int,
        path_policies: dict[str, Node],
        shared: dict[Key, Declared],
        document: Document,
    ) -> dict[str, Any]:
        compilation, at = self.compilation, f"operations/{len(self.operations)}"
        compilation.sources[at] = node
        check_fields(node, OPERATION, "an operation", self.findings, extensible=(EXTENSION,))
        list_unused_servers(compilation, node)
        self._list_unenforced(node)
        policies = read_policies(compilation, self._defaults, path_policies, node)
        access = self.security.access(node, policies.credential, is_own_credential=policies.is_own_credential)
        security = node.find("security") or compilation.root.find("security")
        if security is not None:
            compilation.sources[f"{at}/security"] = security
        if policies.rate_node is not None:
            compilation.sources[f"{at}/rates"] = policies.rate_node
            compilation.features.add("rate")
        if policies.strict:
            compilation.features.add("strict-responses")
        name = self._id(method, node, template)
        lowered = {
            "id": name,
            "method": method if method not in METHODS else method.upper(),
            "path": path,
            "mode": lower_mode(compilation, self._defaults, path_policies, policies.own, name),
            "access": access or {"any_of": []},
            "parameters": self._parameters(node, template, shared, document, at),
            "body": lower_body(compilation, node, document, policies.max_request_bytes, at),
            "responses": lower_responses(compilation, node, document, at),
            "strict": policies.strict,
            "rates": policies.rates,
            "timeout_milliseconds": policies.timeout // timedelta(milliseconds=1),
            "max_response_bytes": policies.max_response_bytes,
            **lower_session_keywords(compilation, policies, at),
        }
        if policies.ignore:
            compilation.features.add("ignore")
            lowered["ignore"] = policies.ignore
        self._check_subject(lowered, policies)
        return lowered

    def _list_unenforced(self, node: Node) -> None:
        callbacks = node.find("callbacks")
        if callbacks is not None:
            why = "calls that the API makes do not pass this gateway"
            self.findings.unenforced(callbacks, "callbacks", why)

    def _id(self, method: str, node: Node, template: Template) -> str:
        written = node.find("operationId")
        if written is not None and written.text and _ID.fullmatch(written.text):
            name = written.text
        elif written is not None:
            hint = "write letters, digits and . _ ~ : / @ -"
            message = f"{written.plain()!r} is no operationId"
            self.findings.error(written, "operation_id_invalid", message, hint)
            return ""
        else:
            words = re.findall("[A-Za-z0-9]+", template.text)
            name = method + "".join(word[0].upper() + word[1:] for word in words)
            message = f"this operation has no operationId; subscriptions call it {name!r}"
            self.findings.warning(node, "operation_id_missing", message, f"write operationId: {name}", key=True)
        first = self._ids.setdefault(name, written or node)
        if first is not (written or node):
            message = f"the operationId {name!r} stands in line {first.line} too"
            self.findings.error(written or node, "duplicate_operation_id", message, "give each operation its own")
        return name

    def _parameters(
        self, node: Node, template: Template, shared: dict[Key, Declared], document: Document, at: str
    ) -> list[dict[str, Any]]:
        own = collect(self.compilation, find_sequence(node, "parameters", self.findings), document)
        declared = {**shared, **own}
        self._check_template(node, template, declared)
        out: list[dict[str, Any]] = []
        done: list[tuple[Declared, dict[str, Any]]] = []
        for parameter in declared.values():
            lowered = lower_parameter(self.compilation, parameter)
            if lowered is not None:
                place = f"{at}/parameters/{len(out)}"
                self.compilation.sources[place] = parameter.node
                extension = parameter.node.find(EXTENSION)
                owner = extension.find("owner") if extension is not None else None
                if owner is not None:
                    # Perhaps an overlay's line: what refuses a foreign id is not where the parameter is declared.
                    self.compilation.sources[f"{place}/owner"] = owner
                out.append(lowered)
                done.append((parameter, lowered))
        check_query_names(self.compilation, done)
        self.compilation.features.update({"parameters"} if out else ())
        return out

    def _check_template(self, node: Node, template: Template, declared: dict[Key, Declared]) -> None:
        in_path = {name: parameter for (name, place), parameter in declared.items() if place == "path"}
        for name in template.names:
            if name not in in_path:
                message = (
                    f"the path {template.text} has {{{name}}}, and no path parameter of this operation declares it"
                )
                hint = f"add {{name: {name}, in: path, required: true, schema: …}}"
                self.findings.error(node, "path_parameter_undeclared", message, hint, key=True)
        for name, parameter in in_path.items():
            if name not in template.names:
                message = f"the path parameter {name!r} does not stand in {template.text}"
                hint = "correct its name, or remove it"
                self.findings.error(parameter.node, "path_parameter_unused", message, hint)

    def _check_subject(self, lowered: dict[str, Any], policies: Policies) -> None:
        """A rate per subject needs alternatives that know one (owners are checked once schemas are complete)."""
        by_subject = any("subject" in rate["by"] for rate in lowered["rates"])
        if by_subject and policies.rate_node is not None and not knows_subject(lowered, self.security.schemes):
            message = f"nobody's subject is known to {lowered['id']}, so no rate can count by it"
            hint = "count by application or address, or ask for a bearer token in security"
            self.findings.error(policies.rate_node, "subject_unknown", message, hint)


def _rename(operation: dict[str, Any], names: dict[str, str]) -> None:
    """Give path parameters the names of the path that they share with other operations."""
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["name"] = names[parameter["name"]]


def knows_subject(operation: dict[str, Any], schemes: list[dict[str, Any]]) -> bool:
    """Whether some alternative of the operation carries a bearer token or a session whose subject is learnt."""
    alternatives = operation["access"].get("any_of", [])
    asked = [schemes[requirement["scheme"]] for found in alternatives for requirement in found]
    return any(scheme["kind"] in ("bearer", "session") or scheme.get("login") for scheme in asked)
