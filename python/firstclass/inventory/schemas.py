"""The bundle's table of schemas, walked: fields of answers, what leads where, types and bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.places import tokens
from firstclass.inventory.words import split

_SAME = ("reference", "then", "else")
_SAME_LISTS = ("all_of", "any_of", "one_of")
_PARTS = ("items", "unevaluated_items", "additional", "unevaluated_properties")
_COMBINED = frozenset({"allOf", "anyOf", "oneOf", "items", "then", "else", "if", "not", "schema", "prefixItems"})
MAX_DEPTH = 12


@dataclass(frozen=True, eq=False)
class Field:
    """A property as some object declares it. `raw` is what stands under its name, `schema` the index of what it
    means."""

    name: str
    parent: int
    schema: int
    raw: Node
    about: tuple[str, ...]
    is_required: bool


class Table:
    """Schemas by index, and the nodes that they came from."""

    def __init__(self, schemas: list[dict[str, Any]], sources: dict[str, Node]) -> None:
        self.schemas = schemas
        self._sources = sources

    def source(self, index: int) -> Node:
        """The node behind a schema."""
        return self._sources[f"schemas/{index}"]

    def same(self, index: int) -> Iterator[int]:
        """The schema and all that judge the same value with it."""
        seen, waiting = {index}, [index]
        while waiting:
            index = waiting.pop()
            yield index
            for below in _same(self.schemas[index]):
                if below not in seen:
                    seen.add(below)
                    waiting.append(below)

    def types(self, index: int, depth: int = 0) -> frozenset[str] | None:
        """The types that a value can have; None: any."""
        schema = self.schemas[index]
        found: frozenset[str] | None = frozenset(schema["types"]) if "types" in schema else None
        if depth > MAX_DEPTH:
            return found
        for below in (*([schema["reference"]] if "reference" in schema else []), *schema.get("all_of", ())):
            found = _both(found, self.types(below, depth + 1))
        for word in ("any_of", "one_of"):
            if word in schema:
                each = [self.types(below, depth + 1) for below in schema[word]]
                either = None if any(one is None for one in each) else frozenset().union(*(o for o in each if o))
                found = _both(found, either)
        return found

    def kinds(self, index: int) -> frozenset[str] | None:
        """As `types`; a schema without any that describes properties or items is taken for what it describes."""
        found = self.types(index)
        if found is None:
            words = {word for each in self.same(index) for word in self.schemas[each]}
            described = {"object"} if words & {"properties", "additional"} else set()
            described |= {"array"} if "items" in words else set()
            return frozenset(described) or None
        return found

    def find(self, index: int, word: str) -> Any:
        """The first value of a member among the schemas that judge the same value; None: nowhere."""
        for each in self.same(index):
            if word in self.schemas[each]:
                return self.schemas[each][word]
        return None

    def is_masked(self, index: int) -> bool:
        """Whether a value of this schema leaves masked."""
        schema = self.schemas[index]
        members = (*([schema["reference"]] if "reference" in schema else []), *schema.get("all_of", ()))
        return "mask" in schema or any(self._is_masked_below(below) for below in members)

    def _is_masked_below(self, index: int) -> bool:
        for _ in range(MAX_DEPTH):
            if "mask" in self.schemas[index]:
                return True
            if "reference" not in self.schemas[index]:
                return False
            index = self.schemas[index]["reference"]
        return False

    def is_absent(self, index: int) -> bool:
        """Whether nothing can stand here but null (what the direction takes away, also as `SecretStr | None`)."""
        schema = self.schemas[index]
        choices = [*schema.get("any_of", ()), *schema.get("one_of", ())]
        gone = [_is_gone(self.schemas[each]) or self.schemas[each].get("types") == ["null"] for each in choices]
        return _is_gone(schema) or (bool(gone) and all(gone))

    def reached(self, roots: dict[int, int], *, through_masks: bool) -> list[int]:
        """For every schema the union of the bits of the roots that lead to it."""
        bits = [0] * len(self.schemas)
        waiting: deque[int] = deque()
        for root, own in roots.items():
            bits[root] |= own
            waiting.append(root)
        while waiting:
            index = waiting.popleft()
            if not through_masks and self.is_masked(index):
                continue
            for below in _below(self.schemas[index]):
                if bits[index] | bits[below] != bits[below]:
                    bits[below] |= bits[index]
                    waiting.append(below)
        if not through_masks:
            bits = [0 if own and self.is_masked(index) else own for index, own in enumerate(bits)]
        return bits

    def fields(self, reached: list[int]) -> Iterator[Field]:
        """Every property of the objects that are reached, where each is declared."""
        for parent, bits in enumerate(reached):
            properties = self.schemas[parent].get("properties") if bits else None
            if not properties:
                continue
            declared = self.source(parent).find("properties")
            about = self.about(parent)
            required = self.schemas[parent].get("required", ())
            for name, schema in properties:
                raw = declared.mapping.get(name) if declared is not None else None
                if raw is not None and not self.is_absent(schema):
                    yield Field(name, parent, schema, raw, about, name in required)

    def about(self, index: int) -> tuple[str, ...]:
        """The words of the name that this object goes by: of the component, else of the property that holds it."""
        return about(self.source(index))

    def objects(self, index: int) -> list[int]:
        """The object schemas that a value of this schema can be, also as items of a list."""
        found: list[int] = []
        seen: set[int] = set()
        waiting = [index]
        while waiting:
            current = waiting.pop()
            for each in self.same(current):
                if each in seen:
                    continue
                seen.add(each)
                if "properties" in self.schemas[each]:
                    found.append(each)
                waiting += [self.schemas[each]["items"]] if "items" in self.schemas[each] else []
        return found


def about(source: Node) -> tuple[str, ...]:
    """The words of the name that an object goes by."""
    way = list(tokens(source))
    while way and (isinstance(way[-1], int) or way[-1] in _COMBINED):
        way.pop()
    return split(str(way[-1])) if way and way[-1] not in ("content", "properties") else ()


def _is_gone(schema: dict[str, Any]) -> bool:
    return "never" in schema or bool(schema.get("dropped"))


def _same(schema: dict[str, Any]) -> list[int]:
    found = [schema[word] for word in _SAME if word in schema]
    for word in _SAME_LISTS:
        found += schema.get(word, ())
    return found


def _below(schema: dict[str, Any]) -> list[int]:
    found = _same(schema)
    found += [schema[word] for word in _PARTS if word in schema]
    found += schema.get("prefix_items", ())
    for word in ("properties", "pattern_properties", "dependent_schemas"):
        found += [index for _, index in schema.get(word, ())]
    return found


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
