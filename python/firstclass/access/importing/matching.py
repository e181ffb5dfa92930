"""Routes of another gateway against the contract's operations. An operation belongs to a route only if every call of it
went by that route: nothing is opened wider than it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from firstclass.access.importing.foreign import Route

_PARAMETER = re.compile(r"\{([^{}]*)\}")
# Values that an id may have: a pattern that is narrower than the contract's parameter fails one of them.
_SAMPLES = ("7", "4711", "ab-Cd_9", "0b54e4a2-91c8-4a51-9d1a-0242ac120002")
_SAMPLES_BY_TYPE = {"integer": ("7", "4711"), "number": ("7", "4711"), "boolean": ("true", "false")}
MAX_PATTERN = 1000


@dataclass(frozen=True)
class ContractOperation:
    """An operation as callers address it."""

    id: str
    method: str
    path: str
    # By parameter, the samples that its type allows.
    samples: dict[str, Sequence[str]]
    is_public: bool


def operations_of(document: dict[str, Any]) -> list[ContractOperation]:
    """Those of a compiled contract, in its order."""
    found = []
    for operation in document["operations"]:
        template = document["api"]["base_path"] + document["paths"][operation["path"]]["template"]
        samples: dict[str, Sequence[str]] = {}
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                kinds = parameter["shape"].get("scalar", [])
                samples[parameter["name"]] = _SAMPLES_BY_TYPE.get(kinds[0] if len(kinds) == 1 else "", _SAMPLES)
        is_public = "public" in operation["access"]
        found.append(ContractOperation(operation["id"], operation["method"], template, samples, is_public))
    return found


def match(routes: Iterable[Route], operations: Iterable[ContractOperation]) -> list[str]:
    """The operations (their ids) that any of these routes covers wholly."""
    routes = list(routes)
    return [operation.id for operation in operations if any(covers(route, operation) for route in routes)]


def covers(route: Route, operation: ContractOperation) -> bool:
    """Whether every call of the operation went by this route."""
    if route.methods and operation.method not in route.methods:
        return False
    match route.kind:
        case "prefix":
            return operation.path.split("{")[0].startswith(route.path)
        case "exact":
            return operation.path == route.path
        case "template":
            return _shape(operation.path) == re.sub(r":[^/]+", "{}", route.path)
        case "regex":
            return _matches_all(route.path, operation)


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path)


def _matches_all(pattern: str, operation: ContractOperation) -> bool:
    """By trying: the path with each of the samples in place of its parameters."""
    if len(pattern) > MAX_PATTERN:
        return False
    try:
        compiled = re.compile(pattern)
    except re.error:
        return False
    return all(compiled.match(path) is not None for path in _sampled(operation))


def _sampled(operation: ContractOperation) -> list[str]:
    most = max((len(samples) for samples in operation.samples.values()), default=1)

    def filled(position: int) -> str:
        def value(found: re.Match[str]) -> str:
            samples = operation.samples.get(found[1], _SAMPLES)
            return samples[position % len(samples)]

        return _PARAMETER.sub(value, operation.path)

    return [filled(position) for position in range(most)]
