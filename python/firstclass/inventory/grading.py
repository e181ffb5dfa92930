"""The grade of a contract: a pure function of its errors, its harms and the number of its operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firstclass.inventory.harms import CODES, Harm

GRADES = "ABCDEF"
# The share of operations that a harm of a weight may touch, for each grade from A to E; beyond the last it is F.
GRAVE = (0.0, 0.0, 0.1, 0.35, 0.7)
SERIOUS = (0.0, 0.1, 0.5, 1.0, 1.0)
SLIGHT = (0.25, 1.0, 1.0, 1.0, 1.0)


def grade(harms: Sequence[Harm], operations: int, *, errors: int, is_readable: bool) -> str:
    """A to F: the worst of what grave, serious and slight harms give by the share of operations that they touch; one
    lower for a contract with errors; F for one that cannot be read."""
    if not is_readable or not operations:
        return "F"
    worst = 0
    for weight, steps in (("grave", GRAVE), ("serious", SERIOUS), ("slight", SLIGHT)):
        found = [harm for harm in harms if CODES[harm.code].weight == weight]
        touched = frozenset().union(*(harm.operations for harm in found)) if found else frozenset()
        # A harm that touches no operation in particular (a server's address) counts as one.
        share = max(len(touched), 1 if found else 0) / operations
        worst = max(worst, next((step for step, most in enumerate(steps) if share <= most), len(steps)))
    if errors:
        worst = max(1, worst + 1)
    return GRADES[min(worst, len(GRADES) - 1)]


def is_below(found: str, wanted: str) -> bool:
    """Whether a grade is worse than the one asked for."""
    return GRADES.index(found) > GRADES.index(wanted)


def worst_of(grades: Iterable[str]) -> str:
    """The grade of several APIs: that of the worst."""
    return max(grades, key=GRADES.index, default="F")
