"""What one compilation carries from part to part: settings, findings, files, and the tables that grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.library import Library
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_keywords import Dialect
from firstclass.compiler.schemas import Schemas
from firstclass.compiler.tables import Tables


@dataclass(frozen=True)
class ApiSettings:
    """One entry under `apis` of `firstclass.yaml`."""

    name: str
    contract: str
    overlays: tuple[str, ...] = ()
    upstream: str = "http://127.0.0.1:3000"
    base_path: str | None = None
    mode: Literal["enforce", "observe"] = "enforce"
    tenant: str = "main"


@dataclass
class Compilation:
    """The state of one compilation; every part reads it, and adds to its tables."""

    settings: ApiSettings
    findings: Findings
    library: Library
    document: Document
    dialect: Dialect
    tables: Tables
    schemas: Schemas
    features: set[str] = field(default_factory=set)
    sources: dict[str, Node] = field(default_factory=dict)
    written: Node | None = None  # overlays applied, Swagger 2.0 not yet converted
    # Categories that parameters reveal, each with the place that says so.
    revealed: list[tuple[Node, int]] = field(default_factory=list)

    @property
    def root(self) -> Node:
        """The contract with its overlays applied."""
        return self.document.root

    def follow(self, node: Node, document: Document) -> tuple[Node, Document] | None:
        """What an OpenAPI object that may be a reference stands for; None after an error."""
        return self.library.follow(node, document)

    def component(self, kind: str, name: str) -> Node | None:
        """A component of the contract itself."""
        return self.root.find("components", kind, name)


Json = dict[str, Any]
