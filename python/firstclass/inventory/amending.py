"""Actions that add keywords to a schema, wherever it stands: beside a reference too, which OpenAPI 3.0 ignores."""

from __future__ import annotations

from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Action
from firstclass.inventory.places import json_path


def amend(facts: Facts, node: Node, update: dict[str, Any]) -> list[Action]:
    """Add members to the object at a node, at each place where an overlay sees it; empty where none does."""
    if not node.is_mapping:
        return []  # a mistake of the contract, which is told as an error
    actions: list[Action] = []
    reference = node.find("$ref")
    for location in facts.places.find(node):
        target = json_path(location)
        if reference is None or facts.is_modern:
            actions.append(Action(target, update))
            continue
        # OpenAPI 3.0 ignores what stands beside $ref.
        actions.append(Action(json_path((*location, "$ref")), remove=True, slot=f"{target} $ref"))
        actions.append(Action(target, {"allOf": [{"$ref": reference.plain()}]}, slot=f"{target} allOf"))
        actions.append(Action(target, update))
    return actions


def remove(facts: Facts, node: Node) -> list[Action]:
    """Take a node away, at each place where an overlay sees it."""
    return [Action(json_path(location), remove=True, is_last=True) for location in facts.places.find(node)]


def replace(facts: Facts, holder: Node, name: str, value: Any) -> list[Action]:
    """Give a member of an object another value, whatever it had before (a list in an update would be appended)."""
    actions: list[Action] = []
    for location in facts.places.find(holder):
        if name in holder.mapping:
            actions.append(Action(json_path((*location, name)), remove=True))
        actions.append(Action(json_path(location), {name: value}))
    return actions


def advise(node: Node, update: dict[str, Any]) -> str:
    """What to write by hand where no overlay reaches."""
    from firstclass.inventory.flow import flow

    return f"no overlay reaches {node.file}; write there, in line {node.key_line}:\n{flow(update)}"
