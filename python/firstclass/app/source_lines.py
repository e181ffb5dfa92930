"""The very line of a contract that a rule stands in, as the file says it now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firstclass._native import load_yaml

WIDTH = 100


def find_source_line(directory: Path, place: dict[str, Any]) -> str | None:
    """The text at a place of a source map, without its indentation; None: no such file, or the place has moved."""
    try:
        text = (directory / str(place["file"])).read_text(encoding="utf-8")
        root = load_yaml(text)
    except (OSError, ValueError):
        return None
    if (place["line"], place["column"]) not in _positions(root, str(place["pointer"])):
        return None
    line = text.splitlines()[place["line"] - 1]
    start = len(line) - len(line.lstrip())
    if len(line) - start > WIDTH:  # one long line of flow style or JSON: from the place on
        start = place["column"] - 1
    shown = line[start : start + WIDTH].rstrip()
    return f"{shown}…" if len(line) > start + WIDTH else shown


def _positions(node: Any, pointer: str) -> set[tuple[int, int]]:
    """Where the thing that a JSON pointer names begins: its key and its value. Empty where nothing is there."""
    found: set[tuple[int, int]] = {(node[1], node[2])}
    for part in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        kind, _, _, value = node
        if kind == "map":
            entry = next(((line, column, child) for key, line, column, child in value if key == part), None)
            if entry is None:
                return set()
            line, column, node = entry
            found = {(line, column), (node[1], node[2])}
        elif kind == "list" and part.isdigit() and int(part) < len(value):
            node = value[int(part)]
            found = {(node[1], node[2])}
        else:
            return set()
    return found
