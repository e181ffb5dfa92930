"""The fixes of many harms as one overlay: each action once, in an order in which none spoils another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firstclass.inventory.harms import Action, Harm, Key

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")
_OF_ROOT = re.compile(r"\$(?:\.\w+|\['(?:[^'\\]|\\.)*'\])")
_ITEM = re.compile(r"(.*)\[(\d+)\]", re.DOTALL)


@dataclass(frozen=True)
class Fixes:
    """Actions with what each is for; `without` are the harms that no overlay mends."""

    actions: tuple[tuple[Action, str], ...]
    without: tuple[Harm, ...]

    @property
    def text(self) -> str:
        """The items of an overlay's list of actions, each with what it is for: some are mended by several."""
        texts = [action.text(description) for action, description in self.actions]
        return "".join(f"  {line}\n" for text in texts for line in text.removesuffix("\n").split("\n"))


def compose(harms: Sequence[Harm], mends: Iterable[tuple[Action, str]] = ()) -> Fixes:
    """The actions of all harms, and those that mend errors, each with what it is for."""
    pairs = list(mends)
    pairs += [(action, harm.message) for harm in harms for action in harm.actions]
    best: dict[str, int] = {}
    for action, _ in pairs:
        if action.slot:
            best[action.slot] = max(best.get(action.slot, 0), action.rank)
    kept: dict[Key, tuple[Action, str]] = {}
    for action, description in pairs:
        if action.rank >= best.get(action.slot, 0):
            kept.setdefault(action.key, (action, description))
    ordered = sorted(kept.values(), key=lambda pair: _order(pair[0]))
    return Fixes(tuple(ordered), tuple(harm for harm in harms if not harm.actions))


def _order(action: Action) -> tuple[int, int, int]:
    """Declarations first, and before them what they write anew at the root; what is taken away for good is taken last,
    the innermost first and lists from their end, so that no target is gone or has moved when its action comes."""
    if not action.is_last:
        if action.remove and _OF_ROOT.fullmatch(action.target):
            return 0, 0, 0
        return (1, 0, 0) if action.target == "$" else (2, 0, 0)
    bare = _QUOTED.sub("", action.target).partition("[?")
    depth = bare[0].count(".") + bare[0].count("[") + len(bare[1] and "1")
    item = _ITEM.fullmatch(action.target)
    return 3, -depth, -int(item[2]) if item is not None else 0
