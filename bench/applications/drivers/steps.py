"""Steps of a driver: each is one use of the application's client, whose outcome and shape of result are kept by name.
Imports nothing but the standard library, because it runs in the environments of the applications."""

from __future__ import annotations

import http.client
import json
import random
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
        self._unserved: dict[str, int] = {}

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

    def probe(self, operation: str, method: str, target: str, body: Any = None) -> None:
        """Ask the application itself for an operation that this edition does not serve, with ids that exist; what it
        says (0: it hangs up) decides whether that is so."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        asked = urllib.request.Request(self.application + target, data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self._unserved[operation] = answer.status
        except urllib.error.HTTPError as problem:
            self._unserved[operation] = problem.code
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            self._unserved[operation] = 0

    def name(self, kind: str, number: int) -> str:
        """A name that no other run uses."""
        return f"{kind}-{self.tag}-{number}"

    def close(self) -> None:
        """Print what came of it."""
        shapes = {label: sorted(shape) for label, shape in self._shapes.items()}
        said = {"steps": self._steps, "shapes": shapes, "problems": self._problems, "unserved": self._unserved}
        print(json.dumps(said))


def shape_of(value: Any, path: str, found: set[str], depth: int = 6) -> None:
    """The places of a result that hold a value: what an answer lost on its way is missing here."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict) and depth:
        for key, each in value.items():
            shape_of(each, f"{path}/{'*' if _ID.fullmatch(str(key)) else key}", found, depth - 1)
    elif isinstance(value, (list, tuple)) and depth:
        for each in value:
            shape_of(each, f"{path}/*", found, depth - 1)
    elif value is not None:
        found.add(path)
