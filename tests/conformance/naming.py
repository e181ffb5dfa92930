"""A slow oracle for closed objects: which members of an instance does its schema name, at any place in it, and what
leaves once the others are left out?

Validity and references are `jsonschema`'s business; this only walks. What is under `not` names nothing.
"""

from __future__ import annotations

import re
from typing import Any

from referencing.jsonschema import DRAFT202012

Json = Any
Place = tuple[str | int, ...]
_CLOSING = ("additionalProperties", "unevaluatedProperties")


class Naming:
    """Collects, over all applicators that hold at a place, the names that the schema knows there, and those that it
    shuts out."""

    def __init__(self, validator: Any) -> None:
        """`validator` is a jsonschema validator of the root schema."""
        self._root = validator
        self._named: dict[Place, set[str]] = {}
        self._shut: dict[Place, set[str]] = {}
        self._walked: dict[tuple[int, Place], set[str]] = {}

    def without_unnamed(self, instance: Json) -> Json:
        """The valid `instance` as it leaves, members that nobody names left out."""
        self._walk(self._root, instance, ())
        return self._pruned(instance, ())

    def names_what_it_shuts(self) -> bool:
        """Whether one part of the schema names a member that another shuts out: that is no stray member but a fault."""
        return any(self._named.get(place, set()) & names for place, names in self._shut.items())

    def _pruned(self, value: Json, place: Place) -> Json:
        if isinstance(value, dict):
            named = self._named.get(place, set())
            return {name: self._pruned(item, (*place, name)) for name, item in value.items() if name in named}
        if isinstance(value, list):
            return [self._pruned(item, (*place, i)) for i, item in enumerate(value)]
        return value

    def _walk(self, validator: Any, instance: Json, place: Place) -> set[str]:
        """The names that this schema knows at the place, those of the schemas that it applies there among them."""
        schema, here = validator.schema, set[str]()
        if not isinstance(schema, dict):
            return here
        if (id(schema), place) in self._walked:
            return self._walked[id(schema), place]
        self._walked[id(schema), place] = here
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                here |= self._follow(validator, schema[keyword], instance, place)
        if "$ref" in schema and "definitions" in self._root.META_SCHEMA:
            return here  # draft 4: a reference has no siblings
        here |= self._in_place(validator, schema, instance, place)
        if isinstance(instance, dict):
            self._members(validator, schema, instance, place, here)
        if isinstance(instance, list):
            self._items(validator, schema, instance, place)
        return here

    def _below(self, validator: Any, schema: Json, instance: Json, place: Place) -> set[str]:
        resolver = validator._resolver
        if isinstance(schema, dict) and "$id" in schema:
            resolver = resolver.in_subresource(DRAFT202012.create_resource(schema))
        return self._walk(validator.evolve(schema=schema, _resolver=resolver), instance, place)

    def _follow(self, validator: Any, reference: str, instance: Json, place: Place) -> set[str]:
        found = validator._resolver.lookup(reference)
        target = found.contents
        if isinstance(target, dict) and target.get("$dynamicAnchor") and reference.startswith("#"):
            found = _outermost(validator, target["$dynamicAnchor"]) or found
        return self._walk(validator.evolve(schema=found.contents, _resolver=found.resolver), instance, place)

    def _in_place(self, validator: Any, schema: Json, instance: Json, place: Place) -> set[str]:
        branches = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if "if" in schema:
            holds = validator.evolve(schema=schema["if"]).is_valid(instance)
            branches += [schema[k] for k in (("if", "then") if holds else ("else",)) if k in schema]
        if isinstance(instance, dict):
            dependent = {**schema.get("dependentSchemas", {}), **schema.get("dependencies", {})}
            branches += [s for name, s in dependent.items() if name in instance and not isinstance(s, list)]
        named = set[str]()
        for branch in branches:
            if validator.evolve(schema=branch).is_valid(instance):
                named |= self._below(validator, branch, instance, place)
        return named

    def _members(self, validator: Any, schema: Json, instance: dict[str, Json], place: Place, here: set[str]) -> None:
        shut = self._shut.setdefault(place, set())
        for name, item in instance.items():
            matching = [schema["properties"][name]] if name in schema.get("properties", {}) else []
            matching += [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, name)]
            if not matching and "additionalProperties" in schema:
                matching = [schema["additionalProperties"]]
            if matching:
                here.add(name)
            elif _is_opened(schema, "additionalProperties"):
                shut.add(name)
            for each in matching:
                self._below(validator, each, item, (*place, name))
        rest = schema.get("unevaluatedProperties", False)
        if rest is not False:
            for name in set(instance) - here - shut:
                here.add(name)
                self._below(validator, rest, instance[name], (*place, name))
        elif _is_opened(schema, "unevaluatedProperties"):
            shut |= set(instance) - here
        self._named.setdefault(place, set()).update(here)

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


def opened(schema: Json) -> Json:
    """The schema with its closed objects open, marked so that a walk knows what they shut out."""
    if isinstance(schema, dict):
        shut = [key for key in _CLOSING if schema.get(key) is False]
        whole = {name: opened(value) for name, value in schema.items() if name not in shut}
        return {**whole, **{f"x-{key}": False for key in shut}}
    return [opened(value) for value in schema] if isinstance(schema, list) else schema


def _is_opened(schema: Json, keyword: str) -> bool:
    return f"x-{keyword}" in schema


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
