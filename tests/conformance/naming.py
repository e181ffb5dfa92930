"""A slow oracle for closed objects: which members of a valid instance does its schema name, at any place in it?

Validity and references are `jsonschema`'s business; this only walks. What is under `not` names nothing.
"""

from __future__ import annotations

import re
from typing import Any

from referencing.jsonschema import DRAFT202012

Json = Any
Place = tuple[str | int, ...]


class Naming:
    """Collects, over all applicators that hold at a place, the names that the schema knows there."""

    def __init__(self, validator: Any) -> None:
        """`validator` is a jsonschema validator of the root schema."""
        self._root = validator
        self._named: dict[Place, set[str]] = {}
        self._walked: set[tuple[int, Place]] = set()

    def without_unnamed(self, instance: Json) -> Json:
        """The valid `instance` as it leaves, members that nobody names left out."""
        self._walk(self._root, instance, ())
        return self._pruned(instance, ())

    def _pruned(self, value: Json, place: Place) -> Json:
        if isinstance(value, dict):
            named = self._named.get(place, set())
            return {name: self._pruned(item, (*place, name)) for name, item in value.items() if name in named}
        if isinstance(value, list):
            return [self._pruned(item, (*place, i)) for i, item in enumerate(value)]
        return value

    def _walk(self, validator: Any, instance: Json, place: Place) -> None:
        schema = validator.schema
        if not isinstance(schema, dict) or (id(schema), place) in self._walked:
            return
        self._walked.add((id(schema), place))
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                self._follow(validator, schema[keyword], instance, place)
        if "$ref" in schema and "definitions" in self._root.META_SCHEMA:
            return  # draft 4: a reference has no siblings
        self._in_place(validator, schema, instance, place)
        if isinstance(instance, dict):
            self._members(validator, schema, instance, place)
        if isinstance(instance, list):
            self._items(validator, schema, instance, place)

    def _below(self, validator: Any, schema: Json, instance: Json, place: Place) -> None:
        resolver = validator._resolver
        if isinstance(schema, dict) and "$id" in schema:
            resolver = resolver.in_subresource(DRAFT202012.create_resource(schema))
        self._walk(validator.evolve(schema=schema, _resolver=resolver), instance, place)

    def _follow(self, validator: Any, reference: str, instance: Json, place: Place) -> None:
        found = validator._resolver.lookup(reference)
        target = found.contents
        if isinstance(target, dict) and target.get("$dynamicAnchor") and reference.startswith("#"):
            found = _outermost(validator, target["$dynamicAnchor"]) or found
        self._walk(validator.evolve(schema=found.contents, _resolver=found.resolver), instance, place)

    def _in_place(self, validator: Any, schema: Json, instance: Json, place: Place) -> None:
        branches = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if "if" in schema:
            holds = validator.evolve(schema=schema["if"]).is_valid(instance)
            branches += [schema[k] for k in (("if", "then") if holds else ("else",)) if k in schema]
        if isinstance(instance, dict):
            dependent = {**schema.get("dependentSchemas", {}), **schema.get("dependencies", {})}
            branches += [s for name, s in dependent.items() if name in instance and not isinstance(s, list)]
        for branch in branches:
            if validator.evolve(schema=branch).is_valid(instance):
                self._below(validator, branch, instance, place)

    def _members(self, validator: Any, schema: Json, instance: dict[str, Json], place: Place) -> None:
        named = self._named.setdefault(place, set())
        here: set[str] = set()
        for name, item in instance.items():
            matching = [schema["properties"][name]] if name in schema.get("properties", {}) else []
            matching += [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, name)]
            if not matching and "additionalProperties" in schema:
                matching = [schema["additionalProperties"]]
            if matching:
                here.add(name)
            for each in matching:
                self._below(validator, each, item, (*place, name))
        named |= here
        rest = schema.get("unevaluatedProperties", False)
        if rest is not False:
            for name in set(instance) - named:
                self._below(validator, rest, instance[name], (*place, name))
            named |= set(instance)

    def _items(self, validator: Any, schema: Json, instance: list[Json], place: Place) -> None:
        first = schema.get("prefixItems", [])
        rest = schema.get("items")
        if isinstance(rest, list):
            first, rest = rest, schema.get("additionalItems")
        for i, item in enumerate(instance):
            below = first[i] if i < len(first) else rest
            for each in (below, schema.get("unevaluatedItems") if below is None else None):
                if each is not None:
                    self._below(validator, each, item, (*place, i))
            contains = schema.get("contains")
            if contains is not None and validator.evolve(schema=contains).is_valid(item):
                self._below(validator, contains, item, (*place, i))


def _outermost(validator: Any, anchor: str) -> Any:
    """The target of a dynamic reference: the first dynamic anchor of that name on the way here."""
    found = None
    for uri, registry in [("", validator._resolver._registry), *validator._resolver.dynamic_scope()]:
        try:
            candidate = registry.anchor(uri, anchor)
        except LookupError:
            continue
        except Exception:  # referencing's errors are many, and all mean: not here
            continue
        if type(candidate.value).__name__ == "DynamicAnchor":
            found = validator._resolver.lookup(f"{uri}#{anchor}")
    return found
