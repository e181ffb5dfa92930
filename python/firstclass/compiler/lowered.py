"""What a compilation knew when it ended, for who audits a contract: also of a contract with errors, as far as it could
be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.nodes import Node


@dataclass(frozen=True, eq=False)
class Lowered:
    """`written` is the contract in its authors' words with overlays applied (Swagger 2.0 unconverted), `root` the
    same as OpenAPI 3; `document` is the bundle document, incomplete where there are errors; `sources` are the nodes
    behind it."""

    written: Node
    root: Node
    document: dict[str, Any]
    sources: dict[str, Node]
    compilation: Compilation
