"""What settings say that cannot mean anything. Frozen values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """`pointer` names the setting that is to be changed."""

    code: str
    message: str
    pointer: str
    hint: str
