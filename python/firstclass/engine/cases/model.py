"""The nouns of golden cases: what is written, what was observed, what differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Any


class CaseError(Exception):
    """A case that cannot be replayed: a file is absent, does not parse, or says something that the format has not."""


@dataclass(frozen=True)
class ApiOfCase:
    """One API of a case, in the words of `firstclass.yaml`."""

    name: str
    contract: str
    overlays: tuple[str, ...] = ()
    mode: str | dict[str, Any] | None = None
    base_path: str | None = None
    upstream_path: str = ""


@dataclass(frozen=True)
class Exchange:
    """One line of `exchanges.jsonl`, still with its templates; `line` counts from 1."""

    name: str
    line: int
    request: Json
    origin: Json
    expect: Json
    now: str | None


@dataclass(frozen=True)
class Case:
    """A directory below `bundle/cases`."""

    name: str
    path: Path
    apis: tuple[ApiOfCase, ...]
    directory: Json
    exchanges: tuple[Exchange, ...]


Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Seen:
    """One request as the origin received it."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Got:
    """One response as the client received it."""

    status: int
    headers: Headers
    body: bytes


@dataclass
class Observed:
    """All that one exchange left behind: at the origin, at the client, and in the engine's events."""

    seen: list[Seen] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    bytes_received: bytes = b""
    closed: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Difference:
    """An expectation that did not hold; `exchange` is empty where the case as a whole differs."""

    exchange: str
    line: int
    what: str
    expected: str
    observed: str

    def as_json(self) -> dict[str, Json]:
        """Plain data for `--json`."""
        return {
            "exchange": self.exchange,
            "line": self.line,
            "what": self.what,
            "expected": self.expected,
            "observed": self.observed,
        }


@dataclass(frozen=True)
class Outcome:
    """What replaying one case came to; `notes` are worth saying and fail nothing."""

    case: str
    exchanges: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences
