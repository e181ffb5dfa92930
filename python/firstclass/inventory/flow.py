"""Values as YAML 1.2 in flow style, short enough for a person to read and exact for a machine."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

_PLAIN = re.compile(r"[A-Za-z$_/][A-Za-z0-9_./$-]*( [A-Za-z0-9_./$-]+)*|[0-9]+( [a-z]+)+", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"})


def flow(value: Any) -> str:
    """`{a: 1, b: [x, 'y: z']}`."""
    match value:
        case dict():
            return "{" + ", ".join(f"{flow(str(key))}: {flow(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(each) for each in value) + "]"
        case str():
            is_plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
            return value if is_plain else _in_quotes(value)
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value)


def member(key: str, value: Any, indent: int, width: int) -> list[str]:
    """`key: value` in lines of at most `width` columns where that can be had: in flow style, opened where it is too
    long."""
    head = f"{' ' * indent}{flow(key)}:"
    line = f"{head} {flow(value)}"
    if len(line) <= width or not isinstance(value, dict | list) or not value:
        return [line]
    if isinstance(value, dict):
        below = [member(str(name), each, indent + 2, width) for name, each in value.items()]
        return [head, *(line for lines in below for line in lines)]
    return [head, *(f"{' ' * (indent + 2)}- {flow(each)}" for each in value)]


def quoted(text: str) -> str:
    """A string that stands alone: plain where YAML reads it as that string, else in double quotes."""
    unsafe = text.strip() != text or any(mark in text for mark in (": ", " #", "\n", "\t"))
    starts = text[:1] in tuple("!&*-?|>@`\"'%{}[],#:") or not text or not text.isprintable()
    return _in_quotes(text) if unsafe or starts or text.lower() in _WORDS else text


def _in_quotes(text: str) -> str:
    """In double quotes, on one line: YAML breaks lines at more characters than JSON escapes (YAML 1.2 §5.7)."""
    quotes = json.dumps(text, ensure_ascii=False)
    return quotes if quotes.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in quotes)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
