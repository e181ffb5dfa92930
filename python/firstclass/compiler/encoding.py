"""Canonical bytes of a bundle: what is hashed and signed. Numbers keep their exact decimal digits."""

from __future__ import annotations

from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


def encode(document: dict[str, Any]) -> bytes:
    """The exact bytes of a bundle document: names sorted, no white space, UTF-8."""
    return as_text(document).encode("utf-8")


def as_text(value: Any) -> str:
    """One JSON value as canonical text."""
    out: list[str] = []
    _write(value, out)
    return "".join(out)


def _write(value: Any, out: list[str]) -> None:
    match value:
        case None:
            out.append("null")
        case bool():
            out.append("true" if value else "false")
        case str():
            out.append(encode_basestring(value))
        case int():
            out.append(str(value))
        case Decimal():
            out.append(str(value))
        case dict():
            _write_object(value, out)
        case list() | tuple():
            out.append("[")
            for position, item in enumerate(value):
                out.append("," if position else "")
                _write(item, out)
            out.append("]")
        case _:
            raise TypeError(f"{type(value).__name__} is no JSON value")


def _write_object(value: dict[str, Any], out: list[str]) -> None:
    out.append("{")
    for position, name in enumerate(sorted(value)):
        out.append("," if position else "")
        out.append(encode_basestring(name))
        out.append(":")
        _write(value[name], out)
    out.append("}")
