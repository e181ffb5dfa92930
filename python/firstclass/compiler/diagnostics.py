"""What the compiler has to say about a contract: errors, warnings, and what is written there but not enforced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from firstclass.model.errors import Where

Severity = Literal["error", "warning"]


class Located(Protocol):
    """Something with a place in a file."""

    @property
    def where(self) -> Where:
        """Where it stands."""
        ...

    @property
    def key_where(self) -> Where:
        """Where the key that leads to it stands."""
        ...


@dataclass(frozen=True)
class Diagnostic:
    """One finding; lines and columns count from 1, `hint` says what to do and is never empty."""

    code: str
    message: str
    file: str
    line: int
    column: int
    pointer: str
    hint: str
    severity: Severity


class Findings:
    """Collects diagnostics of one compilation; the same finding at the same place is kept once."""

    def __init__(self) -> None:
        self._diagnostics: dict[Diagnostic, None] = {}
        self._unenforced: dict[tuple[str, str, int, int], dict[str, Any]] = {}

    def error(self, at: Located, code: str, message: str, hint: str, *, key: bool = False) -> None:
        """The contract cannot be enforced as it stands; `key`: the key is at fault rather than its value."""
        self._add("error", at.key_where if key else at.where, code, message, hint)

    def warning(self, at: Located, code: str, message: str, hint: str, *, key: bool = False) -> None:
        """It is enforced, but perhaps not as its author meant."""
        self._add("warning", at.key_where if key else at.where, code, message, hint)

    def error_at(self, where: Where, code: str, message: str, hint: str) -> None:
        """An error at a place that is no node of a tree (a file that cannot be read)."""
        self._add("error", where, code, message, hint)

    def warning_at(self, where: Where, code: str, message: str, hint: str) -> None:
        """A warning at a place that is no node of a tree."""
        self._add("warning", where, code, message, hint)

    def unenforced(self, at: Located, what: str, why: str) -> None:
        """`what` is written in the contract and this version does not hold anybody to it."""
        where = at.key_where
        place = {"file": where.file, "line": where.line, "column": where.column, "pointer": where.pointer}
        key = (what, where.file, where.line or 0, where.column or 0)
        self._unenforced.setdefault(key, {"what": what, "why": why, **place})

    def _add(self, severity: Severity, where: Where, code: str, message: str, hint: str) -> None:
        line, column, pointer = where.line or 1, where.column or 1, where.pointer or ""
        self._diagnostics.setdefault(Diagnostic(code, message, where.file, line, column, pointer, hint, severity))

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self._diagnostics)

    def of(self, severity: Severity) -> tuple[Diagnostic, ...]:
        """All findings of one severity, in the order in which they were found."""
        return tuple(diagnostic for diagnostic in self._diagnostics if diagnostic.severity == severity)

    def unenforced_items(self) -> tuple[dict[str, Any], ...]:
        """What is written but not enforced: `what`, `why` and the place."""
        return tuple(self._unenforced.values())
