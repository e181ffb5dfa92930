"""What can go wrong, as data: a code, a sentence, a place, a hint and the exit code of the command that meets it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of every command (the table in the reference)."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    DIFFERS = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    DEFECT = 70


@dataclass(frozen=True)
class Where:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None


class FirstclassError(Exception):
    """A refusal that a person can act on; the command line prints it without a traceback.

    `hint` says what to do next. `details` are further errors of the same kind (a contract has several).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        where: Where | None = None,
        exit_code: Exit = Exit.REFUSED,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where
        self.exit_code = exit_code

    def as_json(self) -> dict[str, Any]:
        """The `error` member that `--json` prints."""
        where = self.where
        place = (
            None
            if where is None
            else {"file": where.file, "line": where.line, "column": where.column, "pointer": where.pointer}
        )
        return {"code": self.code, "message": self.message, "where": place, "hint": self.hint}


def disk_full(what: str) -> FirstclassError:
    """`what`, a file in words, cannot be written because its disk is full; exit code 5."""
    return FirstclassError(
        "disk_full",
        f"{what} cannot be written: the disk is full",
        hint="free some space and try again; nothing acknowledged is lost",
        exit_code=Exit.UNAVAILABLE,
    )


def not_found(noun: str, name: str, hint: str = "") -> FirstclassError:
    """No `noun` goes by `name`; exit code 4."""
    hint = hint or f"firstclass {noun}s list"
    return FirstclassError("not_found", f"there is no {noun} {name!r}", hint=hint, exit_code=Exit.NOT_FOUND)


def not_enforceable_yet(what: str, hint: str) -> FirstclassError:
    """`what` is known but this version cannot enforce it; nothing is accepted and ignored."""
    return FirstclassError("not_enforceable_yet", f"{what} cannot be enforced by this version", hint=hint)
