"""Steps of a driver: each is one use of the application's client, whose outcome and shape of result are kept by name.
Imports nothing but the standard library, because it runs in the environments of the applications."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from typing import Any


class Steps:
    """What came of the steps. The arguments of every driver: `origin` is called, with `key` where that is not empty;
    `application` is the origin behind a gateway, or the same; a seed decides what is done, a tag keeps the names of two
    runs with one seed apart."""

    def __init__(self) -> None:
        self.origin, self.application, self.key, seed, self.tag, rounds = sys.argv[1:7]
        self.rounds = int(rounds)
        self.random = random.Random(int(seed))
        self._steps: dict[str, list[int]] = {}
        self._shapes: dict[str, set[str]] = {}
        self._problems: dict[str, str] = {}

    def do(self, label: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call it; its result, or None where it raised."""
        count = self._steps.setdefault(label, [0, 0])
        try:
            result = call(*arguments, **named)
        except Exception as problem:  # whatever a client raises is a failed step
            count[1] += 1
            self._problems.setdefault(label, f"{type(problem).__name__}: {problem}"[:600])
            return None
        count[0] += 1
        shape_of(result, "", self._shapes.setdefault(label, set()))
        return result

    def name(self, kind: str, number: int) -> str:
        """A name that no other run uses."""
        return f"{kind}-{self.tag}-{number}"

    def close(self) -> None:
        """Print what came of it."""
        shapes = {label: sorted(shape) for label, shape in self._shapes.items()}
        print(json.dumps({"steps": self._steps, "shapes": shapes, "problems": self._problems}))


def shape_of(value: Any, path: str, found: set[str], depth: int = 6) -> None:
    """The places of a result that hold a value: what an answer lost on its way is missing here."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict) and depth:
        for key, each in value.items():
            shape_of(each, f"{path}/{key}", found, depth - 1)
    elif isinstance(value, (list, tuple)) and depth:
        for each in value:
            shape_of(each, f"{path}/*", found, depth - 1)
    elif value is not None:
        found.add(path)
