"""All rules over one compiled contract."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from firstclass.compiler import Compiled
from firstclass.inventory.facts import Facts
from firstclass.inventory.grading import grade
from firstclass.inventory.harms import CODES, Harm
from firstclass.inventory.reach import Reach, find_reach
from firstclass.inventory.rules import RULES

_WEIGHTS = ("grave", "serious", "slight")


@dataclass(frozen=True)
class Audit:
    """What an API gives away: harms, gravest first, who can reach what, and the grade. `reach` is None where the
    contract could not be read."""

    harms: tuple[Harm, ...]
    reach: Reach | None
    grade: str


def audit(compiled: Compiled, unsatisfiable: Collection[int] = ()) -> Audit:
    """Audit what `compile_api(keep=True)` made of a contract, with errors or without. `unsatisfiable` are indices of
    schemes by which nobody can sign in."""
    if compiled.lowered is None:
        return Audit((), None, grade((), 0, errors=len(compiled.errors), is_readable=False))
    facts = Facts(compiled.lowered)
    found = [harm for rule in RULES for harm in rule(facts)]
    found.sort(key=lambda harm: _WEIGHTS.index(CODES[harm.code].weight))
    reach = find_reach(facts, found, unsatisfiable)
    mark = grade(found, len(facts.operations), errors=len(compiled.errors), is_readable=True)
    return Audit(tuple(found), reach, mark)
