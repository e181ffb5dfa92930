"""A harm of an issuer: what somebody can do because of it, and what to set instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class IssuerHarm:
    """`member` is the metadata's or the token's member that shows it; `line` where it stands in a file."""

    code: str
    message: str
    fix: str
    member: str | None = None
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As `check issuer --json` prints it."""
        return {
            "code": self.code,
            "message": self.message,
            "member": self.member,
            "line": self.line,
            "fix": self.fix,
        }
