"""A table of keys: a CSV file with the columns application, owner, key and operations, one key a line."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from firstclass.access.importing.foreign import Consumer, Foreign, wrong
from firstclass.access.importing.reading import read_bytes
from firstclass.model.errors import Where

COLUMNS = ("application", "owner", "key", "operations")
_HINT = "the first line is application,owner,key,operations; several operations stand between blanks"


def read(path: Path, foreign: Foreign) -> Foreign:
    """Read the file.

    Raises:
        FirstclassError: a column or a value is missing; with the line.
    """
    try:
        content = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise wrong("export_unreadable", "this is not UTF-8", Where(path.name, line, 1), "save it as UTF-8") from None
    first = content.partition("\n")[0]
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    at = Where(path.name, 1, 1)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise wrong("export_unknown", f"there is no column {', '.join(missing)}", at, _HINT)
        for row in rows:
            at = Where(path.name, rows.line_num, 1)
            if any(cell.strip() for cell in row):
                foreign.consumers.append(
                    _consumer(dict(zip(header, row, strict=False)), len(row) == len(header), at, foreign)
                )
    except csv.Error:
        raise wrong("export_unreadable", "this line is no CSV", Where(path.name, rows.line_num, 1), _HINT) from None
    return foreign


def _consumer(cells: dict[str, str], is_whole: bool, at: Where, foreign: Foreign) -> Consumer:
    if not is_whole:
        raise wrong("row_invalid", "this line has not as many cells as the first", at, _HINT)
    name = cells["application"].strip()
    operations = tuple(word for word in re.split(r"[\s,;|]+", cells["operations"]) if word)
    for value, column in ((name, "application"), (cells["key"], "key"), (operations, "operations")):
        if not value:
            raise wrong("row_invalid", f"the cell {column} is empty", at, _HINT)
    key = foreign.read_key(cells["key"], at)
    keys = () if key is None else (key,)
    return Consumer(name, at, cells["owner"].strip() or None, keys, operations)
