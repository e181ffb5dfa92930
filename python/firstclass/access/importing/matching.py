"""Paths of another gateway's routes against those of the contract's operations: which calls a route matches."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from firstclass.access.importing.foreign import Route

_PARAMETER = re.compile(r"\{([^{}]*)\}")
# Values that an id may have: a pattern that is narrower than the contract's parameter fails one of them.
_SAMPLES = ("7", "4711", "ab-Cd_9", "0b54e4a2-91c8-4a51-9d1a-0242ac120002")
_SAMPLES_BY_TYPE = {"integer": ("7", "4711"), "number": ("7", "4711"), "boolean": ("true", "false")}
MAX_PATTERN = 1000
# PCRE's and Rust's names of groups, which Python writes with a P; what is escaped or in a class is passed over.
_FOREIGN = re.compile(
    r"\\k[<{'](?P<again>[A-Za-z_]\w*)[>}']|\\.|\(\?(?:<(?P<named>[A-Za-z_]\w*)>|'(?P<quoted>[A-Za-z_]\w*)')"
    r"|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]",
    re.ASCII | re.DOTALL,
)
_CLASS = re.compile(r"\[:(\^?\w+):\]", re.ASCII)
_CLASSES = {
    **{"digit": "0-9", "alpha": "A-Za-z", "alnum": "0-9A-Za-z", "lower": "a-z", "upper": "A-Z", "xdigit": "0-9A-Fa-f"},
    **{"word": "0-9A-Za-z_", "space": r"\s"},
}
# What stands for itself in a pattern, after the sign of its begin.
_LITERAL = re.compile(r"\^?((?:[\w/~%:;,=@&!'\"<> -]|\\[^\w\s])*)", re.ASCII)


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


def covers(route: Route, operation: ContractOperation) -> bool:
    """Whether this route matches every call of the operation."""
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


def touches(route: Route, operation: ContractOperation) -> bool:
    """Whether this route may match a call of the operation; where that cannot be told, it may."""
    if route.methods and operation.method not in route.methods:
        return False
    if route.kind == "regex":
        return _may_match(route.path, operation)
    # Tyk's listen paths may hold patterns, and `/v1/` takes `/v1`, too.
    path = route.path.split("{")[0] if route.kind == "prefix" else route.path
    wanted, given = path.split("/"), operation.path.split("/")
    if route.kind == "prefix":
        *wanted, last = wanted
        if last == "" and len(given) == len(wanted):
            return all(map(_may_equal, wanted, given))
        if len(given) <= len(wanted) or not _may_begin(last, given[len(wanted)]):
            return False
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(map(_may_equal, wanted, given))


def is_certain(route: Route, operation: ContractOperation) -> bool:
    """Whether `covers` is more than a trial: a pattern was tried with samples, unless there was nothing to fill in."""
    return route.kind != "regex" or "{" not in operation.path


def _may_equal(wanted: str, given: str) -> bool:
    """Whether a segment of a route, which may be `:name`, can be this one of an operation."""
    if wanted.startswith(":") or wanted == given:
        return True
    pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^{}]*\}", given))
    return re.fullmatch(pattern, wanted) is not None


def _may_begin(wanted: str, given: str) -> bool:
    """Whether a segment of an operation can begin with these characters."""
    literal, is_open, _ = given.partition("{")
    return literal.startswith(wanted) or wanted.startswith(":") or (bool(is_open) and wanted.startswith(literal))


def _may_match(pattern: str, operation: ContractOperation) -> bool:
    """A path without parameters is tried; of others the literal begin of the pattern must fit."""
    if "{" not in operation.path and (compiled := compiled_pattern(pattern)) is not None:
        return compiled.match(operation.path) is not None
    begin, begun = _literal(pattern), operation.path.split("{")[0]
    return begun.startswith(begin) or ("{" in operation.path and begin.startswith(begun))


@lru_cache(maxsize=10_000)
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """A pattern of another gateway; None: it is too long, or says what cannot be read here."""
    if len(pattern) > MAX_PATTERN:
        return None
    with warnings.catch_warnings(), contextlib.suppress(re.error, KeyError, FutureWarning, RecursionError):
        warnings.simplefilter("error")
        return re.compile(_FOREIGN.sub(_translated, pattern))
    return None


def _translated(found: re.Match[str]) -> str:
    if (name := found["named"] or found["quoted"]) is not None:
        return f"(?P<{name}>"
    if found["again"] is not None:
        return f"(?P={found['again']})"
    text = found[0]
    return _CLASS.sub(lambda each: _CLASSES[each[1]], text) if text.startswith("[") else text


def _literal(pattern: str) -> str:
    """Characters that each text begins with which the pattern matches; as many as are certain."""
    if "|" in pattern:
        return ""
    found = _LITERAL.match(pattern)
    assert found is not None, "it matches no characters, too"
    begin = found[1]
    # A sign of repetition belongs to the character before it.
    if pattern[found.end() : found.end() + 1] in ("?", "*", "+", "{") and begin:
        begin = re.sub(r"\\?.\Z", "", begin, flags=re.DOTALL)
    return re.sub(r"\\(.)", r"\1", begin)


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path)


def _matches_all(pattern: str, operation: ContractOperation) -> bool:
    """By trying: the path with each of the samples in place of its parameters."""
    compiled = compiled_pattern(pattern)
    return compiled is not None and all(compiled.match(path) is not None for path in _sampled(operation))


def _sampled(operation: ContractOperation) -> list[str]:
    most = max((len(samples) for samples in operation.samples.values()), default=1)

    def filled(position: int) -> str:
        def value(found: re.Match[str]) -> str:
            samples = operation.samples.get(found[1], _SAMPLES)
            return samples[position % len(samples)]

        return _PARAMETER.sub(value, operation.path)

    return [filled(position) for position in range(most)]
