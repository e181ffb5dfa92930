"""Foreign text where people read it: names, ids and messages that somebody else wrote say nothing to a terminal and are
one line of a log."""

from __future__ import annotations

import json
import re

_UNUSUAL = re.compile(r"[^ -~]")
_UNUSUAL_IN_LINES = re.compile(r"[^\n -~]")


def printable(text: str) -> str:
    """The text with `?` for each line break, control character and whatever else has no sign of its own (among them
    escapes of terminals, the separators U+2028 and U+2029, and marks that turn the direction of text)."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def json_text(document: object, indent: int) -> str:
    """A JSON document that means the same everywhere and says nothing to a terminal: JSON itself lets U+007F to U+009F
    and the separators of lines stand as they are."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    return _UNUSUAL_IN_LINES.sub(lambda found: _in_json(found[0]), text) + "\n"


def json_line(value: object) -> str:
    """The same in one line, without its end."""
    return _UNUSUAL.sub(lambda found: _in_json(found[0]), json.dumps(value, ensure_ascii=False))


def _in_json(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
