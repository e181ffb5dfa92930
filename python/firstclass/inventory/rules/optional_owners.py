"""Owners on what may be left out: a call without it names nobody, and the API answers it for everybody perhaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.compiler import Node
from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Harm, harm
from firstclass.model.counted import listed


def find_optional_owners(facts: Facts) -> Iterator[Harm]:
    """One harm for each parameter or property where it is declared; not where another owner must be there."""
    search = _Search(facts)
    found: dict[Node, tuple[str, dict[str, Any], list[Operation]]] = {}
    for parameter in facts.parameters:
        if search.is_owned(parameter) and not search.is_certain(parameter.operation):
            said = f"the {parameter.place} parameter {parameter.name}"
            entry = found.setdefault(parameter.node, (said, {"required": True}, []))
            entry[2].append(parameter.operation)
    for written in facts.written:
        field = written.field
        if field.is_required or not search.has_owner(field.schema):
            continue
        operations = [each for each in facts.named(written.bits) if not search.is_certain(each)]
        if operations:
            entry = found.setdefault(written.holder, (f"the property {field.name}", written.demand, []))
            entry[2].extend(operations)
    for node, (said, update, operations) in found.items():
        ids = list(dict.fromkeys(operation.id for operation in operations))
        message = f"{said} has an owner and may be left out: {listed(ids)}"
        actions = amend(facts, node, update)
        advice = "" if actions else advise(node, update)
        indices = [operation.index for operation in operations]
        yield harm("owner_optional", node, message, actions, advice=advice, operations=indices, sample=ids[0])


class _Search:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._certain = {p.operation.index for p in facts.parameters if p.lowered["required"] and self.is_owned(p)}
        for written in facts.written:
            if written.field.is_required and self.has_owner(written.field.schema):
                self._certain |= {operation.index for operation in facts.named(written.bits)}

    def is_owned(self, parameter: Parameter) -> bool:
        """Whether its value is compared with the caller."""
        return parameter.lowered["owner"] is not None or self.has_owner(parameter.lowered["schema"])

    def has_owner(self, index: int) -> bool:
        """Whether a value of this schema is compared with the caller."""
        return self.facts.table.find(index, "owner") is not None

    def is_certain(self, operation: Operation) -> bool:
        """Whether no call of the operation passes without an owner."""
        return operation.index in self._certain
