"""Answers of other media types than JSON, whose schema has fields that look as if they should be masked: nobody looks
into them."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.compiler import Node
from firstclass.compiler.fields import CLASSIFICATION
from firstclass.inventory.amending import remove
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.places import tokens
from firstclass.inventory.rules.classified import find_fields, issues
from firstclass.inventory.vocabulary import classify
from firstclass.inventory.words import split
from firstclass.model.counted import listed

ADVICE = (
    "answer with application/json instead, which is masked; or mark what may leave:"
    " x-data-classification: {category: contact, sensitivity: public}"
)


def find_uninspected(facts: Facts) -> Iterator[Harm]:
    """One harm for each media type where it is declared."""
    told = {field.raw for field, _ in find_fields(facts)}
    found: dict[Node, tuple[list[Operation], list[str], bool]] = {}
    for operation in facts.operations:
        beside = facts.unreadable.beside.get(operation.index, [])
        for media in facts.answers(operation, good=True):
            schema = media.node.find("schema")
            if media.kind != "opaque" or schema is None or schema.value is None:
                continue
            is_beside = media.node in beside
            fields = [
                f"{name} ({says})"
                for node, name, says in _fields(facts, operation, schema)
                if not (is_beside and node in told)  # the fix of the field takes the media type away
            ]
            if fields:
                found.setdefault(media.node, ([], fields, is_beside))[0].append(operation)
    for node, (operations, fields, is_beside) in found.items():
        names = listed([operation.id for operation in operations])
        kind = list(tokens(node))[-1]
        message = f"{kind} leaves as it is, with {', '.join(fields[:3])}: {names}"
        actions = remove(facts, node) if is_beside else []
        indices = [operation.index for operation in operations]
        advice = "" if actions else ADVICE
        yield harm("answer_uninspected", node, message, actions, advice=advice, operations=indices, sample=message)


def _fields(facts: Facts, operation: Operation, schema: Node) -> Iterator[tuple[Node, str, str]]:
    """The properties below a schema that look classified, and nobody has said what they are."""
    own = bool(facts.owned & facts.takes(operation)) or issues(operation)
    for holder in sorted(facts.unreadable.reachable(schema), key=lambda node: node.pointer):
        properties = holder.find("properties")
        for name, node in properties.mapping.items() if properties is not None else ():
            if node.find(CLASSIFICATION) is not None or node.find("enum") is not None:
                continue
            written, type_ = node.find("format"), node.find("type")
            about = [token for token in tokens(holder) if isinstance(token, str)][-1:]
            kind = classify(name, written.text if written is not None else None, split(about[0]) if about else ())
            if kind is None or (type_ is not None and type_.text == "boolean"):
                continue
            if kind.category == "credential" and issues(operation):
                continue
            if kind.sensitivity == "confidential" and own:
                continue
            yield node, name, kind.says
