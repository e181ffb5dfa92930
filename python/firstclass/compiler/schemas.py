"""Contract schemas into the bundle's flat table: one node per schema, place and direction, indices instead of
references. What each keyword becomes is in `lowering`; nothing is called recursively, so that a
contract's depth is bounded by memory only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_keywords import Dialect
from firstclass.compiler.schema_scope import Scope, Scopes
from firstclass.compiler.tables import Tables

Direction = Literal["request", "response"]
# What `readOnly` and `writeOnly` do. `members`: they hold for properties only, as in a parameter, which names what it
# asks for and writes nothing. `ignored`: what is merely asked (`not`, `if`, `contains`) is as valid without them.
Flags = Literal["held", "members", "ignored"]
NOTHING: frozenset[str] = frozenset()
MAX_CHAIN = 1000
MAX_SCHEMAS = 500_000
MAX_REPEATS = 20_000


@dataclass(frozen=True)
class Job:
    """One schema to be lowered. `absent`: names that the direction takes away, so that none of them is required."""

    node: Node
    scope: Scope
    direction: Direction
    absent: frozenset[str]
    flags: Flags = "held"
    out: dict[str, Any] = field(default_factory=dict, compare=False)


class Schemas:
    """The table of schemas while it grows."""

    def __init__(
        self,
        scopes: Scopes,
        tables: Tables,
        dialect: Dialect,
        findings: Findings,
        lower: Callable[[Schemas, Job], None],
    ) -> None:
        self._lower = lower
        self.scopes = scopes
        self.tables = tables
        self.dialect = dialect
        self.findings = findings
        self.nodes: list[dict[str, Any]] = []
        self.sources: list[Node] = []
        self.known_types: dict[tuple[Node, Scope], frozenset[str] | None] = {}
        self._indexes: dict[Any, int] = {}
        self.of_requests: set[int] = set()
        self._reduced: dict[Node, Node] = {}
        self.known_clean: dict[str, set[Node]] = {}
        self._places: set[object] = set()
        self._repeats = 0
        self._first_repeated: Node | None = None
        self._waiting: deque[Job] = deque()

    def add(self, node: Node, document: Document, direction: Direction, flags: Flags = "held") -> int:
        """The index of a schema that stands in an OpenAPI object of `document`; all it needs is lowered with it."""
        return self.add_in(node, self.scopes.of_schema(node, document), direction, flags)

    def add_in(self, node: Node, scope: Scope, direction: Direction, flags: Flags = "held") -> int:
        """As `add`, for a schema whose scope is known."""
        index = self.index(node, scope, direction, flags=flags)
        self._run()
        return index

    def part(self, job: Job, node: Node) -> int:
        """The index of a schema below that of `job`, for a part of its value."""
        return self.index(node, job.scope, job.direction, flags=job.flags)

    def same(self, job: Job, node: Node, scope: Scope | None = None) -> int:
        """The index of a schema that the one of `job` applies to its own value."""
        return self.index(node, scope or job.scope, job.direction, job.absent, job.flags)

    def index(
        self,
        node: Node,
        scope: Scope,
        direction: Direction,
        absent: frozenset[str] = NOTHING,
        flags: Flags = "held",
    ) -> int:
        """The index of a schema; it is lowered later."""
        node, scope = self.settle(node, scope)
        key = (node, scope, direction, absent, flags)
        if key not in self._indexes and self._has_too_many_meanings(node, (node, scope.resource, *key[2:])):
            return self.constant(node, {})
        if key not in self._indexes:
            job = Job(node, scope, direction, absent, flags)
            self._indexes[key] = self._append(job.out, node)
            if direction == "request":
                self.of_requests.add(self._indexes[key])
            self._waiting.append(job)
        return self._indexes[key]

    def _has_too_many_meanings(self, node: Node, place: object) -> bool:
        """Whether schemas are lowered too often because dynamic anchors give each another meaning on each way to it."""
        if place not in self._places:
            self._places.add(place)
            return False
        self._repeats += 1
        if self._repeats > MAX_REPEATS:
            message = f"its $dynamicAnchor gives more than {MAX_REPEATS} schemas another meaning on each way to them"
            hint = "give few schemas a $dynamicAnchor: those that a $dynamicRef names"
            self.findings.error(self._first_repeated or node, "too_large", message, hint)
            self._waiting.clear()
            return True
        self._first_repeated = self._first_repeated or node
        return False

    def without(self, node: Node, *keys: str) -> Node:
        """The schema without some of its keywords: one node for each, so that what is lowered is remembered."""
        if node not in self._reduced:
            self._reduced[node] = node.with_value({k: v for k, v in node.mapping.items() if k not in keys})
        return self._reduced[node]

    def constant(self, node: Node, content: dict[str, Any]) -> int:
        """The index of a node with fixed content that comes from the schema or keyword at `node`."""
        key = (node, repr(content))
        if key not in self._indexes:
            self._indexes[key] = self._append(content, node)
        return self._indexes[key]

    def _append(self, content: dict[str, Any], source: Node) -> int:
        self.nodes.append(content)
        self.sources.append(source)
        return len(self.nodes) - 1

    def settle(self, node: Node, scope: Scope) -> tuple[Node, Scope]:
        """Where references that stand alone lead; a schema with keywords of its own is where it is."""
        start = node
        for _ in range(MAX_CHAIN):
            reference = node.find("$ref")
            if reference is None:
                only = self._only_member(node)
                if only is None:
                    return node, scope
                node, scope = only, self.scopes.inside(node, scope)
                continue
            if not self._is_alone(node):
                return node, scope
            found = self.scopes.resolve(reference, self.scopes.inside(node, scope))
            if found is None:
                return node.with_value({}), scope
            node, scope = found
        message = "this reference leads back to itself without ever meeting a schema"
        self.findings.error(start, "circular_reference", message, "let one of the schemas on the way say something")
        return start.with_value({}), scope

    def _only_member(self, node: Node) -> Node | None:
        """The one schema of an `allOf` that stands alone: how 3.0 writes a reference with a description."""
        members = node.find("allOf")
        if members is None or len(members.sequence) != 1 or self.dialect.siblings(node) != ["allOf"]:
            return None
        return members.sequence[0]

    def _is_alone(self, node: Node) -> bool:
        siblings = self.dialect.siblings(node)
        if not siblings or self.dialect.is_modern:
            return not siblings
        guards = self.dialect.guards(siblings)
        names = ", ".join(guards or siblings)
        message = f"OpenAPI 3.0 ignores what stands beside $ref: {names}"
        hint = "write allOf: [{$ref: …}] and keep the keywords beside allOf"
        report = self.findings.error if guards else self.findings.warning
        report(node, "ref_siblings", message, hint)
        return True

    def _run(self) -> None:
        while self._waiting:
            job = self._waiting.popleft()
            if len(self.nodes) > MAX_SCHEMAS:
                message = f"the contract has more than {MAX_SCHEMAS} schemas"
                self.findings.error(job.node, "too_large", message, "split the API into several contracts")
                self._waiting.clear()
                return
            self._lower(self, job)
