"""Bytes of one file into a tree: UTF-8, then YAML 1.2 or JSON. The bytes come from an injected reader; no I/O here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from firstclass import _native
from firstclass.base.tabs import find_tab
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node
from firstclass.model.errors import Where

# Beyond it a number is a mistake, and its digits would not fit the memory of whoever computes with it.
MAX_EXPONENT = 400

_HINTS = {
    "syntax": "correct the syntax here or in the line above (indentation, brackets, quotes)",
    "duplicate_key": "keep one of the two",
    "empty": "write an OpenAPI document into it, beginning with openapi: 3.1.0, or name another file",
    "not_json": "write a value that JSON can say: a string in quotes, a finite number, true, false, null",
    "too_deep": "move the inner parts into components and refer to them with $ref",
    "too_large": "write the repeated parts once, as components, and refer to them with $ref",
}


def parse(file: str, content: bytes, findings: Findings) -> Node | None:
    """The tree of `content`, or None after an error was reported."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        hint = "save the file as UTF-8"
        findings.error_at(Where(file, line, 1, ""), "not_utf8", f"{file} is not UTF-8 text in line {line}", hint)
        return None
    try:
        load = _native.load_json if file.lower().endswith(".json") else _native.load_yaml
        return _build(load(text), file, None, None)
    except ValueError as problem:
        code, message, line, column = _fault(problem)
        if code == "syntax":
            message = find_tab(text, line) or message
        if not text.strip():
            code, message = "empty", "the file is empty"
        where = Where(file, line, column, "")
        full = f"{file} cannot be read: {message}"
        findings.error_at(
            where, "syntax_error" if code in ("syntax", "empty") else code, full, _HINTS.get(code, _HINTS["syntax"])
        )
        return None


def _fault(problem: ValueError) -> tuple[str, str, int, int]:
    if len(problem.args) == 4:
        code, message, line, column = problem.args
        return str(code), str(message), int(line), int(column)
    return "syntax", str(problem), 1, 1


def _build(raw: Any, file: str, path: Any, key: tuple[int, int] | None) -> Node:
    kind, line, column, value = raw
    key_line, key_column = key or (line, column)
    if kind == "map":
        value = {
            name: _build(node, file, (path, name), (name_line, name_column))
            for name, name_line, name_column, node in value
        }
    elif kind == "list":
        value = [_build(node, file, (path, position), None) for position, node in enumerate(value)]
    elif kind == "decimal":
        value = _decimal(value, line, column)
    return Node(value, file, line, column, key_line, key_column, path)


def _decimal(text: str, line: int, column: int) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("Infinity")
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("not_json", f"the number {text[:40]} is out of range", line, column)
    return number
