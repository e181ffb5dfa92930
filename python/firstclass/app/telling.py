"""An error as lines for people, where no command is there to render it."""

from __future__ import annotations

from firstclass.model.errors import FirstclassError


def sentences(error: FirstclassError) -> list[str]:
    """`FILE:LINE:COLUMN: what`, and the hint."""
    place = ""
    if error.where is not None:
        parts = (error.where.file, error.where.line, error.where.column)
        place = ":".join(str(part) for part in parts if part is not None) + ": "
    return [f"{place}{error.message}", *([f"hint: {error.hint}"] if error.hint else [])]
