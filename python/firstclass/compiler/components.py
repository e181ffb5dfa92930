"""Components that nothing refers to: they are enforced nowhere, so that a mistake in one is a warning, told before
somebody refers to it."""

from __future__ import annotations

import copy

from firstclass.compiler.bodies import lower_body
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.diagnostics import Diagnostic, Findings
from firstclass.compiler.lowering import lower
from firstclass.compiler.nodes import Node
from firstclass.compiler.parameters import collect, lower_parameter
from firstclass.compiler.responses import lower_responses
from firstclass.compiler.schemas import Job, Schemas
from firstclass.compiler.tables import Tables
from firstclass.model.errors import Where


def check_components(compilation: Compilation) -> None:
    """Lower what no operation led to, into tables that are thrown away, and repeat its errors as warnings."""
    scratch = _scratch(compilation)
    for kind in ("schemas", "parameters", "responses", "requestBodies", "headers"):
        components = compilation.root.find("components", kind)
        for node in components.mapping.values() if components is not None else ():
            _lower(scratch, kind, node)
    known = {_place(found) for found in compilation.findings.of("error")}
    for found in scratch.findings.of("error"):
        if _place(found) not in known:
            where = Where(found.file, found.line, found.column, found.pointer)
            message = f"{found.message} (nothing that can be called refers to it)"
            compilation.findings.warning_at(where, found.code, message, found.hint)


def _place(found: Diagnostic) -> tuple[str, str, int, int]:
    return found.code, found.file, found.line, found.column


def _scratch(compilation: Compilation) -> Compilation:
    """The same files with findings and tables of its own; a schema that an operation led to is not lowered again."""
    findings = Findings()
    library, scopes = copy.copy(compilation.library), copy.copy(compilation.schemas.scopes)
    library.findings = scopes.findings = findings
    scopes.library = library
    done = set(compilation.schemas.sources)

    def lower_new(schemas: Schemas, job: Job) -> None:
        if job.node not in done:
            lower(schemas, job)

    tables = Tables(findings)
    schemas = Schemas(scopes, tables, compilation.dialect, findings, lower_new)
    document, dialect = compilation.document, compilation.dialect
    return Compilation(compilation.settings, findings, library, document, dialect, tables, schemas)


def _lower(scratch: Compilation, kind: str, node: Node) -> None:
    document = scratch.document
    if kind == "schemas":
        scratch.schemas.add(node, document, "response")
    elif kind == "parameters":
        for declared in collect(scratch, [node], document).values():
            lower_parameter(scratch, declared)
    elif kind == "requestBodies":
        lower_body(scratch, node.with_value({"requestBody": node}), document, 0, "")
    else:
        response = node if kind == "responses" else node.with_value({"headers": node.with_value({"X": node})})
        responses = node.with_value({"default": response})
        lower_responses(scratch, node.with_value({"responses": responses}), document, "")
