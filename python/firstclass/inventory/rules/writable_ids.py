"""Ids in a body beside the same id in the path: one is compared with the caller, and the API may go by the other."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import PART, WRITES, Facts, Parameter
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.rules.ids import noun_of
from firstclass.inventory.schemas import Field
from firstclass.inventory.words import split
from firstclass.model.counted import listed

COMPARED = "or, where callers send it back, write the x-firstclass with the owner of the path on it too"
_ID = frozenset({"id", "uuid", "guid", "uid"})


def find_writable_ids(facts: Facts) -> Iterator[Harm]:
    """One harm for each property, where it is declared, however many bodies hold it."""
    found: dict[int, tuple[Field, list[Parameter]]] = {}
    for parameter in facts.parameters:
        if parameter.place != "path" or parameter.lowered["owner"] is None or not _names_object(parameter):
            continue
        bodies = [media.schema for media in facts.bodies(parameter.operation) if media.schema is not None]
        parents = {parent for body in bodies for parent in facts.table.same(body)}
        own = facts.takes(parameter.operation)
        for written in facts.written:
            field = written.field
            is_in_body = field.parent in parents or (field.parent == PART and written.bits & own)
            if is_in_body and _is_same_id(facts, field, parameter):
                found.setdefault(id(field.raw.path), (field, []))[1].append(parameter)
    for field, parameters in found.values():
        yield _harm(facts, field, parameters)


def _names_object(parameter: Parameter) -> bool:
    """Whether what is written is the very object that the id names: /users/{id}, not /users/{id}/cards."""
    operation = parameter.operation
    return operation.method in WRITES and operation.template.endswith("{" + parameter.name + "}")


def _is_same_id(facts: Facts, field: Field, parameter: Parameter) -> bool:
    """Whether a property says again whom the path names, and nothing holds it to that."""
    words = split(field.name)
    if not words or words[-1] not in _ID or noun_of(parameter, field.name) != noun_of(parameter):
        return False
    values = facts.table.find(field.schema, "enum")
    is_fixed = values is not None and len(values) < 2
    return not is_fixed and facts.table.find(field.schema, "owner") is None


def _harm(facts: Facts, field: Field, parameters: list[Parameter]) -> Harm:
    update = {"readOnly": True}
    actions = amend(facts, field.raw, update)
    operations = list(dict.fromkeys(parameter.operation for parameter in parameters))
    names = listed([operation.id for operation in operations])
    message = f"callers may write {field.name} beside {{{parameters[0].name}}}, which alone is compared with them"
    advice = COMPARED if actions else advise(field.raw, update)
    indices = [operation.index for operation in operations]
    told = f"{message}: {names}"
    return harm("id_writable", field.raw, told, actions, advice=advice, operations=indices, sample=field.name)
