"""Answers of which one media type is masked and another leaves as it is: whoever is answered in that one reads all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.amending import remove
from firstclass.inventory.facts import Facts, Media, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.places import tokens
from firstclass.model.counted import listed

ADVICE = "no overlay reaches it: remove the media type from the response, or answer with application/json alone"


def find_unread(facts: Facts) -> Iterator[Harm]:
    """One harm for each media type where it is declared."""
    masked = _Masked(facts)
    found: dict[Node, tuple[list[Operation], list[str]]] = {}
    for operation in facts.operations:
        for media in facts.answers_together(operation):
            names = list(dict.fromkeys(name for each in media for name in masked.names(each)))
            for each in media if names else ():
                if each.kind == "opaque":
                    found.setdefault(each.node, ([], names))[0].append(operation)
    for node, (operations, names) in found.items():
        kind = list(tokens(node))[-1]
        ids = list(dict.fromkeys(operation.id for operation in operations))
        message = f"an answer as {kind} leaves unread: {listed(names)} may be in it: {listed(ids)}"
        actions = remove(facts, node)
        advice = "" if actions else ADVICE
        indices = [operation.index for operation in operations]
        yield harm("masked_left_unread", node, message, actions, advice=advice, operations=indices, sample=str(kind))


class _Masked:
    """The names of what is masked below a schema."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._known: dict[int, list[str]] = {}

    def names(self, media: Media) -> list[str]:
        """Of properties; of what has no name the category."""
        if media.schema is None:
            return []
        if media.schema not in self._known:
            self._known[media.schema] = list(dict.fromkeys(self._walk(media.schema)))
        return self._known[media.schema]

    def _walk(self, root: int) -> Iterator[str]:
        table = self.facts.table
        seen, waiting = {root}, [(root, "")]
        while waiting:
            index, name = waiting.pop()
            schema = table.schemas[index]
            if "mask" in schema:
                yield name or str(self.facts.lowered.document["categories"][schema["mask"]["category"]])
            for below, called in _below(schema, name):
                if below not in seen:
                    seen.add(below)
                    waiting.append((below, called))


def _below(schema: dict[str, Any], name: str) -> list[tuple[int, str]]:
    found = [(index, called) for called, index in schema.get("properties", ())]
    for word in ("reference", "if", "then", "else", "items", "contains", "unevaluated_items"):
        found += [(schema[word], name)] if word in schema else []
    for word in ("all_of", "any_of", "one_of", "prefix_items"):
        found += [(index, name) for index in schema.get(word, ())]
    found += [(index, name) for _, index in schema.get("dependent_schemas", ())]
    for word in ("additional", "unevaluated_properties"):
        found += [(schema[word], "")] if word in schema else []
    found += [(index, "") for _, index in schema.get("pattern_properties", ())]
    found += [(index, name) for _, index in schema.get("discriminator", {}).get("mapping", ())]
    return found
