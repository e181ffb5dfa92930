"""What answers lose behind the gateway because their contract describes nothing of it: members of objects that name
none, bodies of responses without content, where a redirect leads, and cookies that begin a session of the API's own.
Each with the overlay actions that keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, Literal

from firstclass.compiler import Node
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Action
from firstclass.inventory.places import json_path

Kind = Literal["members", "depths", "bodies", "locations", "cookies"]

_BODILESS = ("204", "205", "304")
_LED = ("201", "202", "301", "302", "303", "307", "308", "3XX")
_REDIRECTS = "3XX"
_OPERATIONS = "$.paths.*.*.responses"
# What says something of an object at its place.
_NAMING = frozenset(
    {
        *("properties", "additional", "unevaluated_properties", "pattern_properties", "dependent_schemas"),
        *("never", "enum", "discriminator", "mask", "dropped"),
    }
)
# What only texts and numbers have.
_SCALAR = frozenset({"pattern", "format", "max_length", "min_length", "minimum", "maximum", "multiple_of"})
_LISTING = frozenset({"items", "prefix_items", "unevaluated_items", "contains"})
_BELOW = ("additional", "unevaluated_properties", "items", "unevaluated_items")


@dataclass(frozen=True)
class Emptied:
    """One place: what is lost there, of which operations, and the actions that keep it."""

    kind: Kind
    node: Node
    operations: tuple[str, ...]
    actions: tuple[Action, ...]


def find_emptied(facts: Facts) -> list[Emptied]:
    """Every place once, in the contract's order."""
    return [*_members(facts), *_bodies(facts), *_locations(facts), *_cookies(facts)]


def find_bare_failures(facts: Facts) -> list[tuple[Node, tuple[str, ...]]]:
    """Failures that are declared without content, and the operations that have them: their bodies are replaced."""
    return [(node, operations) for node, operations in _responses(facts, _may_fail) if not node.find("content")]


def own_cookies(facts: Facts) -> list[str]:
    """Names of the cookies that the API alone checks."""
    own = [each for each in facts.schemes if each["kind"] == "own" and each["in"] == "cookie"]
    return sorted({str(each["field"]) for each in own})


def sets_cookies(facts: Facts) -> bool:
    """Whether some answer may set a cookie."""
    responses = (response for each in facts.operations for response in each.lowered["responses"])
    return any(header["name"] == "set-cookie" for response in responses for header in response["headers"])


def declare_redirects(facts: Facts) -> list[Action]:
    """What lets redirects leave that the contract does not speak of: where it declares one of them, that one counts."""
    header = _text(facts)
    headers = {"Location": header, **({"Set-Cookie": header} if own_cookies(facts) else {})}
    update = {_REDIRECTS: {"description": "A redirect that nobody declared, as today.", "headers": headers}}
    lacking = [each for each in facts.operations if not _has_redirects(each)]
    if len(lacking) == len(facts.operations):
        return [Action(_OPERATIONS, update)] if lacking else []
    nodes = [found for each in lacking if (found := each.node.find("responses")) is not None]
    return [Action(json_path(at), update) for node in nodes for at in facts.places.find(node)]


def declare_anything(facts: Facts) -> Action:
    """The component that the actions refer to: an object or a list of anything, however deep."""
    reference, name = _reference(facts), _name(facts)
    schema = {
        "description": "Nothing describes it: anything may leave here.",
        "additionalProperties": reference,
        "items": reference,
    }
    if facts.is_swagger:
        return Action("$", {"definitions": {name: schema}})
    return Action("$", {"components": {"schemas": {name: schema}}})


def is_anything(schemas: list[dict[str, Any]], index: int) -> bool:
    """Whether a schema lets everything pass, at any depth."""
    schema = schemas[index]
    return set(schema) in ({"additional"}, {"additional", "items"}) and all(below == index for below in schema.values())


def _name(facts: Facts) -> str:
    """One that the contract does not have."""
    taken = facts.root.find("definitions") if facts.is_swagger else facts.root.find("components", "schemas")
    names = taken.mapping if taken is not None else {}
    return next(name for name in chain(["Anything"], (f"Anything{n}" for n in count(2))) if name not in names)


def _reference(facts: Facts) -> dict[str, str]:
    home = "#/definitions" if facts.is_swagger else "#/components/schemas"
    return {"$ref": f"{home}/{_name(facts)}"}


def _members(facts: Facts) -> Iterator[Emptied]:
    """Objects that name no member, wherever an answer holds them; and lists that say nothing of their items."""
    reached: dict[int, int] = {}
    untyped: dict[Node, int] = {}
    for operation in facts.operations:
        for media in facts.answers(operation):
            if media.kind != "json" or media.schema is None:
                continue
            if media.node.find("schema") is None:
                untyped[media.node] = untyped.get(media.node, 0) | facts.takes(operation)
            else:
                reached[media.schema] = reached.get(media.schema, 0) | facts.takes(operation)
    for node, bits in untyped.items():
        update = {"schema": _reference(facts)}
        actions = [Action(json_path(at), update) for at in facts.places.find(node)]
        yield Emptied("members", node, _ids(facts, bits), tuple(actions))
    waiting = list(reached)
    while waiting:
        place = waiting.pop()
        for below in _places_below(facts, place):
            bits = reached.get(below, 0) | reached[place]
            if bits != reached.get(below):
                reached[below] = bits
                waiting.append(below)
    found: dict[int, tuple[int, int]] = {}
    for place in sorted(reached):
        source = facts.table.source(place)
        if _lacking(facts, place):
            first, bits = found.get(id(source.path), (place, 0))
            found[id(source.path)] = (first, bits | reached[place])
    for place, bits in found.values():
        source = facts.table.source(place)
        actions = list(_opened(facts, source, _lacking(facts, place)))
        yield Emptied("depths" if _is_of_map(facts, place) else "members", source, _ids(facts, bits), tuple(actions))


def _is_of_map(facts: Facts, place: int) -> bool:
    """Whether it is what a map holds, and may be a text or a number: these leave."""
    path = facts.table.source(place).path
    return path is not None and path[1] == "additionalProperties" and facts.table.types(place) is None


def _ids(facts: Facts, bits: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(operation.id for operation in facts.named(bits)))


def _places_below(facts: Facts, place: int) -> Iterator[int]:
    for index in facts.table.same(place):
        schema = facts.table.schemas[index]
        yield from (schema[word] for word in _BELOW if word in schema)
        yield from schema.get("prefix_items", ())
        for word in ("properties", "pattern_properties"):
            yield from (below for _, below in schema.get(word, ()))


def _lacking(facts: Facts, place: int) -> tuple[str, ...]:
    """Which keywords would keep what an answer has there."""
    words = {word for index in facts.table.same(place) for word in facts.table.schemas[index]}
    if words & {"never", "enum", "mask", "dropped"} or words & _SCALAR:
        return ()
    types = facts.table.types(place)
    lacking = []
    if (types is None or "object" in types) and not words & _NAMING and not (types is None and words & _LISTING):
        lacking.append("additionalProperties")
    if (types is None or "array" in types) and not words & _LISTING and not (types is None and words & _NAMING):
        lacking.append("items")
    return tuple(lacking)


def _opened(facts: Facts, source: Node, keywords: tuple[str, ...]) -> Iterator[Action]:
    reference = _reference(facts)
    for location in facts.places.find(source):
        if source.is_mapping:
            # OpenAPI 3.0 ignores what stands beside a reference; a schema that is one has been followed.
            yield Action(json_path(location), dict.fromkeys(keywords, reference))
        elif location and isinstance(location[-1], str):
            yield Action(json_path(location[:-1]), {location[-1]: reference})


def _bodies(facts: Facts) -> Iterator[Emptied]:
    """Successes that declare no content: whatever body comes is left out. Of failures the status is what callers act
    on."""
    for node, operations in _responses(facts, _may_have_body):
        if not node.find("content"):
            actions = [Action(json_path(at), {"content": {"*/*": {}}}) for at in facts.places.find(node)]
            yield Emptied("bodies", node, operations, tuple(actions))


def _may_have_body(status: str, operation: dict[str, Any]) -> bool:
    is_success = status[0] == "2" or (status == "default" and not _has_success(operation))
    return is_success and status not in _BODILESS and operation["method"] != "HEAD"


def _has_success(operation: dict[str, Any]) -> bool:
    """Whether it declares one: then `default` is for failures."""
    return any(response["status"][0] == "2" for response in operation["responses"])


def _may_fail(status: str, operation: dict[str, Any]) -> bool:
    return status[0] in "45" or (status == "default" and _has_success(operation))


def _locations(facts: Facts) -> Iterator[Emptied]:
    for node, operations in _responses(facts, lambda status, _: status in _LED):
        actions = _with_header(facts, node, "Location")
        if actions is not None:
            yield Emptied("locations", node, operations, actions)


def _cookies(facts: Facts) -> Iterator[Emptied]:
    """Where the API checks a cookie itself, it sets it: when somebody signs in, and in any answer after that, for such
    sessions are prolonged by every call."""
    if not own_cookies(facts):
        return
    for node, operations in _responses(facts, _may_set_cookies):
        actions = _with_header(facts, node, "Set-Cookie")
        if actions is not None:
            yield Emptied("cookies", node, operations, actions)


def _may_set_cookies(status: str, operation: dict[str, Any]) -> bool:
    return (status[0] in "23" and status != "304") or (status == "default" and not _has_success(operation))


def _with_header(facts: Facts, node: Node, name: str) -> tuple[Action, ...] | None:
    """What declares a header that a response lacks; None where it has it."""
    headers = node.find("headers")
    if headers is not None and name.lower() in {each.lower() for each in headers.mapping}:
        return None
    return tuple(Action(json_path(at), {"headers": {name: _text(facts)}}) for at in facts.places.find(node))


def _text(facts: Facts) -> dict[str, Any]:
    return {"type": "string"} if facts.is_swagger else {"schema": {"type": "string"}}


def _has_redirects(operation: Operation) -> bool:
    return any(response["status"] == _REDIRECTS for response in operation.lowered["responses"])


def _responses(facts: Facts, is_meant: Callable[[str, dict[str, Any]], bool]) -> list[tuple[Node, tuple[str, ...]]]:
    """The responses of these statuses where they are declared, each with the operations that have it."""
    found: dict[int, tuple[Node, int]] = {}
    for operation in facts.operations:
        for position, response in enumerate(operation.lowered["responses"]):
            if not is_meant(response["status"], operation.lowered):
                continue
            node = _followed(facts, facts.lowered.sources[f"operations/{operation.index}/responses/{position}"])
            if node is not None and node.is_mapping:
                _, bits = found.get(id(node.path), (node, 0))
                found[id(node.path)] = (node, bits | facts.takes(operation))
    return [(node, _ids(facts, bits)) for node, bits in found.values()]


def _followed(facts: Facts, node: Node) -> Node | None:
    """A response, or the shared one that it refers to; None where no overlay would reach that."""
    compilation = facts.lowered.compilation
    if node.find("$ref") is None:
        return node
    if node.file != facts.lowered.written.file:
        return None
    followed = compilation.follow(node, compilation.document)
    return followed[0] if followed is not None else None
