"""How commands speak: data on stdout, talk on stderr, meaning never by colour alone. Much of it is foreign text (ids of
tokens, names in contracts): no line that leaves here holds a line break or a control character."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from firstclass.base.printable import json_text, printable
from firstclass.cli.context import current
from firstclass.cli.lines import Pasted, blocks, fitted
from firstclass.model.errors import FirstclassError

NARROWEST = 80


def columns(stream: TextIO) -> int | None:
    """How wide a terminal is, at least 80 columns; None where a program or a file reads what is said."""
    try:
        return max(NARROWEST, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else None
    except (OSError, ValueError):
        return None


def emit(document: dict[str, Any], lines: Iterable[str] = ()) -> None:
    """Print `document` as one JSON document with `--json`, else `lines` for people."""
    if current().json:
        sys.stdout.write(json_text(document, 2))
    else:
        width = columns(sys.stdout)
        for line in lines:
            sys.stdout.write(_lines(line, width))
    sys.stdout.flush()


def table(rows: list[dict[str, Any]], names: list[str], empty: str) -> list[str]:
    """Rows as aligned text, at most as wide as their content; as blocks where a terminal is narrower than that, and
    `empty` where there are none."""
    if not rows:
        return [empty]
    heads = [name.replace("_", " ") for name in names]
    cells = [["" if row.get(name) is None else _text(row[name]) for name in names] for row in rows]
    widths = [max(len(line[i]) for line in (heads, *cells)) for i in range(len(names))]
    width = columns(sys.stdout)
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        return blocks(heads, cells, width)
    aligned = (zip(line, widths, strict=True) for line in (heads, *cells))
    return ["  ".join(cell.ljust(wide) for cell, wide in line).rstrip() for line in aligned]


def _text(value: Any) -> str:
    return printable(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _lines(line: str, width: int | None) -> str:
    return "\n".join(fitted(printable(line), None if isinstance(line, Pasted) else width)) + "\n"


def talk(line: str) -> None:
    """A sentence for people, on stderr; a terminal that is gone is no reason for a gateway to end."""
    with contextlib.suppress(OSError):
        sys.stderr.write(_lines(line, columns(sys.stderr)))
        sys.stderr.flush()


def say_next(command: str) -> None:
    """What a newcomer types next, on stderr; nothing with `--json`."""
    if not current().json:
        talk(f"next: {command}")


def show_error(error: FirstclassError, as_json: bool) -> None:
    """Render an error: what, where, hint."""
    if as_json:
        sys.stdout.write(json_text({"error": error.as_json()}, 2))
        sys.stdout.flush()
        return
    place = ""
    if error.where is not None:
        where = error.where
        place = ":".join(str(part) for part in (where.file, where.line, where.column) if part is not None) + ": "
    talk(f"error: {place}{error.message}")
    if error.hint:
        talk(f"hint: {error.hint}")
