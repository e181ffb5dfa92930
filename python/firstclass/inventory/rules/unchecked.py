"""Operations at which the API alone checks who calls: `pass: unchecked` lets a credential through that nobody here
looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.model.counted import listed

_KEYS = (
    "firstclass import csv keys.csv takes the keys over that callers have; then, in place of unchecked, they are"
    " checked here and passed on, and keys of ours get in too, which never pass on:\nx-firstclass: {pass: checked}\n"
    "without pass the API sees no key any more, but who calls, in Firstclass-Application"
)
_TOKENS = (
    "name whose tokens count under issuers: in firstclass.yaml (docs/guides/identity-providers.md); then, in place of"
    " unchecked, they are checked here and passed on:\nx-firstclass: {pass: checked}\nwhere the API signs people in"
    " itself, the gateway learns who they are (docs/guides/opaque-sessions.md):\nx-firstclass: {subject: login}"
)
_OTHERS = (
    "no other gateway can check this for the API: give callers keys of ours (firstclass keys issue) with a scheme of"
    " its own, and ask for both until nobody needs the old one:\nsecurity: [{app: [], NAME: []}]"
)


def find_unchecked(facts: Facts) -> Iterator[Harm]:
    """One harm for each scheme that lets callers in by itself."""
    for index, scheme in enumerate(facts.schemes):
        if scheme["kind"] != "own":
            continue
        # Where nothing is asked for at all, that is the harm.
        opened = [each for each in facts.operations if not each.is_open and _lets_in(facts, each, index)]
        if opened:
            yield _harm(facts, index, scheme, opened)


def is_unchecked(facts: Facts, operation: Operation) -> bool:
    """Whether some way in asks for nothing but what the API alone checks."""
    return any(_is_own_way(facts, way) for way in operation.lowered["access"].get("any_of", ()))


def _is_own_way(facts: Facts, way: list[dict[str, Any]]) -> bool:
    return bool(way) and all(facts.schemes[each["scheme"]]["kind"] == "own" for each in way)


def _lets_in(facts: Facts, operation: Operation, scheme: int) -> bool:
    ways = operation.lowered["access"].get("any_of", ())
    return any(_is_own_way(facts, way) and any(each["scheme"] == scheme for each in way) for way in ways)


def _harm(facts: Facts, index: int, scheme: dict[str, Any], opened: list[Operation]) -> Harm:
    node = facts.lowered.sources[f"schemes/{index}"]
    names = listed([operation.id for operation in opened])
    message = f"whoever sends any text for {scheme['name']} reaches the API by {names}: it alone checks who calls"
    is_token = scheme.get("word") == "bearer" or (scheme["field"] == "authorization" and "word" not in scheme)
    advice = _TOKENS if is_token else _KEYS if scheme["in"] == "header" and "word" not in scheme else _OTHERS
    indices = [operation.index for operation in opened]
    return harm("credential_unchecked", node, message, advice=advice, operations=indices, sample=str(scheme["name"]))
