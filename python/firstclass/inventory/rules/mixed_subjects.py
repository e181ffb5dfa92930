"""Owners that are compared with people of more than one user base, which may call different people the same."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.model.counted import listed

Way = tuple[str, tuple[str, ...]]
"""Who says whom a call is made for, and the schemes that are asked for together."""
ONE_BASE = (
    "where they all are one user base with the same ids, as while an API moves from sessions to tokens, nobody gets"
    " anybody else's: end the older way in once nobody needs it"
)


def find_mixed_subjects(facts: Facts) -> Iterator[Harm]:
    """One harm for each `security` as it is written, however many operations it holds for."""
    groups: dict[int, list[Operation]] = {}
    for operation in facts.named(facts.owned):
        if operation.security is not None and len({who for who, _ in _ways(facts, operation)}) > 1:
            groups.setdefault(id(operation.security.path), []).append(operation)
    for group in groups.values():
        yield _harm(facts, group)


def _ways(facts: Facts, operation: Operation) -> list[Way]:
    """The ways in by which a subject is known. A scheme that names no issuer takes tokens of the only one."""
    found: list[Way] = []
    for alternative in operation.lowered["access"].get("any_of", ()):
        schemes = [facts.schemes[each["scheme"]] for each in alternative]
        names = tuple(str(scheme["name"]) for scheme in schemes)
        for scheme in schemes:
            if scheme["kind"] == "session" or scheme.get("login"):
                found.append(("the API's own sessions", names))
            elif scheme["kind"] == "bearer":
                found.append((f"the issuer {scheme['issuer']}" if scheme.get("issuer") else "", names))
    named = next((who for who, _ in found if who.startswith("the issuer ")), "an issuer")
    return [(who or named, names) for who, names in found]


def _harm(facts: Facts, group: list[Operation]) -> Harm:
    first, ways = group[0], _ways(facts, group[0])
    security = first.security
    assert security is not None
    bases = list(dict.fromkeys(who for who, _ in ways))
    names = listed([operation.id for operation in group])
    known = f"{', '.join(bases[:-1])} and of {bases[-1]}"
    message = f"people of {known} get in, and an owner is whoever has the same id with any of them: {names}"
    asked = ", ".join(f"{name}: []" for name in ways[0][1])
    advice = (
        f"keep the people whom the owners are of, and give the others operations of their own; of {bases[0]} alone:\n"
        f"security: [{{{asked}}}]\n{ONE_BASE}"
    )
    indices = [operation.index for operation in group]
    sample = f"{first.method} {first.template}"
    return harm("subjects_mixed", security, message, advice=advice, operations=indices, sample=sample)
