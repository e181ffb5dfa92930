"""How commands speak: data on stdout, talk on stderr, meaning never by colour alone."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable
from typing import Any

from firstclass.cli.context import current
from firstclass.model.errors import FirstclassError


def emit(document: dict[str, Any], lines: Iterable[str] = ()) -> None:
    """Print `document` as one JSON document with `--json`, else `lines` for people."""
    if current().json:
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        for line in lines:
            sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(rows: list[dict[str, Any]], columns: list[str], empty: str) -> list[str]:
    """Rows as aligned text, at most as wide as their content; `empty` where there are none."""
    if not rows:
        return [empty]
    cells = [[column.replace("_", " ") for column in columns]]
    cells += [["" if row.get(c) is None else _text(row[c]) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def talk(line: str) -> None:
    """A sentence for people, on stderr; a terminal that is gone is no reason for a gateway to end."""
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def say_next(command: str) -> None:
    """What a newcomer types next, on stderr; nothing with `--json`."""
    if not current().json:
        talk(f"next: {command}")


def show_error(error: FirstclassError, as_json: bool) -> None:
    """Render an error: what, where, hint."""
    if as_json:
        sys.stdout.write(json.dumps({"error": error.as_json()}, indent=2, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    place = ""
    if error.where is not None:
        where = error.where
        place = ":".join(str(part) for part in (where.file, where.line, where.column) if part is not None) + ": "
    talk(f"error: {place}{error.message}")
    if error.hint:
        talk(f"hint: {error.hint}")
