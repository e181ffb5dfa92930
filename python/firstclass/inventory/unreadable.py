"""Answers in media types that nobody here can mask (XML and the like): where a field leaves in them, masking it needs
them gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firstclass.compiler import Node

if TYPE_CHECKING:
    from firstclass.inventory.facts import Facts


class Unreadable:
    """`beside` are the opaque media types of each operation's answers that have JSON too; `alone` are those of answers
    without, for every schema node that leaves in them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.beside: dict[int, list[Node]] = {}
        self.alone: dict[Node, list[Node]] = {}
        self._walked: dict[Node, set[Node]] = {}
        for operation in facts.operations:
            for position, response in enumerate(operation.lowered["responses"]):
                self._look(operation.index, response, f"operations/{operation.index}/responses/{position}/media")

    def _look(self, operation: int, response: dict[str, object], at: str) -> None:
        media = response["media"]
        assert isinstance(media, list)
        has_json = any("json" in each["kind"] for each in media)
        for place, each in enumerate(media):
            node = self.facts.lowered.sources[f"{at}/{place}"]
            schema = node.find("schema")
            if "opaque" not in each["kind"]:
                continue
            if has_json:
                self.beside.setdefault(operation, []).append(node)
            elif schema is not None and schema.value is not None:
                for reached in self.reachable(schema):
                    self.alone.setdefault(reached, []).append(node)

    def reachable(self, schema: Node) -> set[Node]:
        """The schema nodes below one, through references."""
        if schema in self._walked:
            return self._walked[schema]
        compilation = self.facts.lowered.compilation
        schemas = compilation.schemas
        seen = self._walked[schema] = set()
        waiting = [(schema, schemas.scopes.of_schema(schema, compilation.document))]
        while waiting:
            node, scope = waiting.pop()
            if node in seen or not node.is_mapping:
                continue
            seen.add(node)
            scope = schemas.scopes.inside(node, scope)
            waiting.extend((child, scope) for child in schemas.dialect.subschemas(node))
            reference = node.find("$ref")
            found = schemas.scopes.resolve(reference, scope) if reference is not None else None
            waiting.extend([found] if found is not None else [])
        return seen
