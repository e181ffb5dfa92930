"""One API from its settings to its bundle document: load, overlay, lower, hold together."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any

from firstclass.compiler.compilation import ApiSettings, Compilation
from firstclass.compiler.components import check_components
from firstclass.compiler.diagnostics import Diagnostic, Findings
from firstclass.compiler.fields import COMPONENTS, EXTENSION, INFO, SPECIFICATIONS, check_fields, find_mapping
from firstclass.compiler.json_patches import note_patched
from firstclass.compiler.library import Library, Reader
from firstclass.compiler.lowered import Lowered
from firstclass.compiler.lowering import lower
from firstclass.compiler.modes import check_operations
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.operations import Operations, knows_subject
from firstclass.compiler.overlay import Overlay
from firstclass.compiler.published import check_masks
from firstclass.compiler.reveals import check_revealed
from firstclass.compiler.schema_keywords import OPENAPI_30, OPENAPI_31, Dialect, is_supported_dialect
from firstclass.compiler.schema_scope import Scopes
from firstclass.compiler.schemas import Schemas
from firstclass.compiler.servers import find_base_path, find_upstream
from firstclass.compiler.sessions import check_sessions
from firstclass.compiler.swagger import convert, is_swagger
from firstclass.compiler.table_order import leading_to, map_children, merge, schema_roots
from firstclass.compiler.tables import Tables
from firstclass.compiler.write_back import check_write_backs, require_write_back

FORMAT = 1


@dataclass(frozen=True)
class Compiled:
    """What came of a contract. `document` is None where there are errors; `contract` is the effective contract
    (overlays applied, references as written) as soon as it could be read."""

    document: dict[str, Any] | None
    source_map: dict[str, dict[str, Any]]
    errors: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    unenforced: tuple[dict[str, Any], ...]
    contract: dict[str, Any] | None
    title: str = ""
    version: str = ""
    lowered: Lowered | None = field(default=None, compare=False, repr=False)


def compile_api(settings: ApiSettings, read: Reader, *, keep: bool = False) -> Compiled:
    """Compile one contract. Its mistakes are in the result; nothing is raised for them. `keep`: `lowered` is in the
    result too, which holds the whole tree in memory."""
    findings = Findings()
    compilation = _open(settings, read, findings)
    document, sources = _lower(compilation) if compilation is not None else (None, {})
    lowered = None
    if keep and compilation is not None and document is not None:
        written = compilation.written or compilation.root
        lowered = Lowered(written, compilation.root, document, compilation.sources, compilation)
    contract = compilation.root.plain() if compilation is not None else None
    info = contract.get("info") if isinstance(contract, dict) else None
    info = info if isinstance(info, dict) else {}
    return Compiled(
        document=None if findings.failed else document,
        source_map={} if findings.failed else sources,
        errors=findings.of("error"),
        warnings=findings.of("warning"),
        unenforced=findings.unenforced_items(),
        contract=contract,
        title=str(info.get("title", "")),
        version=str(info.get("version", "")),
        lowered=lowered,
    )


def _open(settings: ApiSettings, read: Reader, findings: Findings) -> Compilation | None:
    library = Library(settings.contract, read, findings)
    document = library.open(library.contract)
    if document is None:
        return None
    dialect = _dialect(document, findings)
    if dialect is None:
        return None
    overlays = [library.parse_only(posixpath.normpath(name)) for name in settings.overlays]
    for overlay in overlays:
        if overlay is None:  # what is missing without it would be told as a mistake of the contract
            return None
        document.root = Overlay(overlay, findings).apply(document.root)
    written = document.root
    if is_swagger(document.root):
        document.root = convert(document.root, findings)
    tables = Tables(findings)
    schemas = Schemas(Scopes(library, dialect, findings), tables, dialect, findings, lower)
    return Compilation(settings, findings, library, document, dialect, tables, schemas, written=written)


def _dialect(document: Document, findings: Findings) -> Dialect | None:
    root = document.root
    if not root.is_mapping:
        message = f"a contract must be an object, not {root.kind}"
        findings.error(root, "wrong_type", message, "begin with openapi: 3.1.0")
        return None
    version = root.find("openapi")
    text = version.text if version is not None else None
    if text is not None and text.startswith("3.0."):
        return OPENAPI_30
    if text is not None and text.startswith(("3.1.", "3.2.")):
        return OPENAPI_31
    if is_swagger(root):
        return OPENAPI_30
    if version is None and "swagger" in root.mapping:
        at, said = root.mapping["swagger"], f"Swagger {root.mapping['swagger'].plain()} is not read"
        hint = "write swagger: '2.0' if the contract holds to it"
    elif version is None:
        at, said, hint = root, "the contract does not say openapi: and a version", "begin with openapi: 3.1.0"
    elif text is None:
        at, said = version, f"the OpenAPI version must be a string, not {version.kind}"
        hint = "write openapi: 3.1.0, with its third part"
    else:
        at, said = version, f"OpenAPI {text} is not read"
        hint = "write openapi: 3.1.0 (or 3.0.3) if the contract holds to it"
    findings.error(at, "unsupported_version", said, hint)
    return None


def _check_top(compilation: Compilation) -> tuple[str, str]:
    """Fields of the root, `info` and `components`; the title and version of the API."""
    root, findings = compilation.root, compilation.findings
    version = root.find("openapi")
    fields = SPECIFICATIONS[(version.text or "")[:3] if version is not None else "3.0"]
    check_fields(root, fields, "the contract", findings, extensible=(EXTENSION,))
    for key, allowed in (("info", INFO), ("components", COMPONENTS)):
        if find_mapping(root, key, findings):
            check_fields(root.mapping[key], allowed, key, findings)
    dialect = root.find("jsonSchemaDialect")
    if dialect is not None and not is_supported_dialect(dialect.text or "", compilation.dialect.version):
        hint = "remove jsonSchemaDialect"
        findings.error(dialect, "unknown_dialect", f"the schema dialect {dialect.plain()!r} is not read", hint)
    webhooks = root.find("webhooks")
    if webhooks is not None:
        findings.unenforced(webhooks, "webhooks", "calls that the API makes do not pass this gateway")
    return _text(root, "title", findings), _text(root, "version", findings)


def _text(root: Node, key: str, findings: Findings) -> str:
    """The title or version; nothing is decided by them, so that a contract without them is only told so."""
    node = root.find("info", key)
    if node is None or node.text is None:
        at = node or root.find("info") or root
        findings.warning(at, "missing_key", f"info.{key} must be a string", f"write info: {{{key}: '…'}}")
        return "" if node is None or node.is_mapping or node.is_sequence or node.value is None else str(node.plain())
    return node.text


def _lower(compilation: Compilation) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    title, version = _check_top(compilation)
    base_path = find_base_path(compilation)
    upstream, upstream_path = find_upstream(compilation, base_path)
    operations = Operations(compilation)
    operations.run()
    settings = compilation.settings
    check_components(compilation)
    check_masks(compilation)
    check_revealed(compilation)
    check_write_backs(compilation, operations.operations, operations.paths)
    check_operations(compilation, operations.operations)
    note_patched(compilation, operations.operations)
    schemas = _finish_schemas(compilation, operations)
    features = compilation.features | {"projection"}
    document = {
        "format": FORMAT,
        "requires": sorted(features),
        "api": {
            "name": settings.name,
            "tenant": settings.tenant,
            "title": title,
            "version": version,
            "base_path": base_path,
            "upstream": upstream,
            "upstream_path": upstream_path,
        },
        "categories": compilation.tables.categories,
        "patterns": compilation.tables.patterns,
        "actions": compilation.tables.actions,
        "schemas": schemas,
        "schemes": operations.security.schemes,
        "paths": operations.paths,
        "operations": operations.operations,
    }
    return document, {name: node_place(node) for name, node in compilation.sources.items()}


def _finish_schemas(compilation: Compilation, operations: Operations) -> list[dict[str, Any]]:
    """The final table; every index in the operations is changed to it."""
    nodes, sources = compilation.schemas.nodes, compilation.schemas.sources
    holders = schema_roots(operations.operations)
    order, renumbered = merge(nodes, sources, [holder["schema"] for holder in holders])
    for holder in holders:
        holder["schema"] = renumbered[holder["schema"]]
    final = [map_children(nodes[index], lambda child: renumbered[child]) for index in order]
    for position, index in enumerate(order):
        compilation.sources[f"schemas/{position}"] = sources[index]
    if any("mask" in schema for schema in final):
        compilation.features.add("masking")
    require_write_back(compilation, operations.operations, final)
    _check_owners(compilation, operations, final)
    _check_removed(compilation, operations, final)
    check_sessions(compilation, operations.operations, operations.security.schemes, final)
    return final


def _check_owners(compilation: Compilation, operations: Operations, schemas: list[dict[str, Any]]) -> None:
    """An owner can only be held against a subject that somebody knows."""
    leads = leading_to(schemas, [index for index, schema in enumerate(schemas) if "owner" in schema])
    for position, operation in enumerate(operations.operations):
        owned = [parameter for parameter in operation["parameters"] if parameter["owner"] is not None]
        roots = [holder["schema"] for holder in schema_roots([operation])]
        places = [f"operations/{position}/parameters/{operation['parameters'].index(p)}" for p in owned]
        places += [f"schemas/{leads[root]}" for root in roots if root in leads]
        if places:
            compilation.features.add("owner")
        if places and not knows_subject(operation, operations.security.schemes):
            message = f"owner stands here, and nobody's subject is known to {operation['id']}"
            hint = f"add a scheme of type http bearer to the security of {operation['id']}, or remove owner"
            holder = compilation.sources[places[0]]
            at = holder.find(EXTENSION, "owner") or holder  # perhaps an overlay's line
            compilation.findings.error(at, "subject_unknown", message, hint)


def _check_removed(compilation: Compilation, operations: Operations, schemas: list[dict[str, Any]]) -> None:
    """A property can be left out of an answer; the answer itself cannot."""
    for operation in operations.operations:
        for media in (media for response in operation["responses"] for media in response["media"]):
            index = media["kind"].get("json", {}).get("schema")
            mask = schemas[index].get("mask") if index is not None else None
            if mask is not None and compilation.tables.actions[mask["action"]]["strategy"] == "remove":
                message = f"the whole answer of {operation['id']} is classified, and no answer can be left out"
                hint = "classify the properties instead"
                compilation.findings.error(compilation.sources[f"schemas/{index}"], "mask_does_not_fit", message, hint)


def node_place(node: Node) -> dict[str, Any]:
    """A node's place as the source map writes it: where its key stands."""
    where = node.key_where
    return {"file": where.file, "line": where.line, "column": where.column, "pointer": where.pointer}
