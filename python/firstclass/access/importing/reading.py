"""The bytes of an export as a tree with lines. What the reader says of a fault is not repeated: names in an export of
keys may be keys."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from firstclass.base.files import read_bounded
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node
from firstclass.compiler.reading import parse
from firstclass.model.errors import Exit, FirstclassError, Where

MAX_BYTES = 64 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """The file as it is.

    Raises:
        FirstclassError: absent, unreadable, no regular file, or too large.
    """
    try:
        return read_bounded(path, MAX_BYTES)
    except FileNotFoundError:
        hint = "name the other gateway's export"
        raise FirstclassError("not_found", f"there is no {path}", hint=hint, exit_code=Exit.NOT_FOUND) from None
    except OSError as problem:
        if problem.errno == errno.EFBIG:
            hint = "split the export; what was imported before is recognised"
            raise FirstclassError("file_too_large", f"{path} is larger than {MAX_BYTES >> 20} MiB", hint=hint) from None
        message = f"{path} cannot be read: {problem.strerror or problem}"
        raise FirstclassError("file_unreadable", message, hint="check the path and its rights") from None


def read_tree(path: Path) -> Node:
    """A YAML or JSON document whose root is an object.

    Raises:
        FirstclassError: with the line where it stops being one.
    """
    findings = Findings()
    root = parse(path.name, read_bytes(path), findings)
    if root is None or not root.is_mapping:
        errors = findings.of("error")
        line = errors[0].line if errors else 1
        message = "this is no YAML or JSON object"
        where = Where(path.name, line, errors[0].column if errors else 1)
        raise FirstclassError("export_unreadable", message, hint="take a new export", where=where)
    return root


def items(node: Node | None, *names: str) -> list[Node]:
    """The objects of the list at the end of these names; empty where there is none."""
    found = node.find(*names) if node is not None else None
    return [item for item in found.sequence if item.is_mapping] if found is not None else []


def text(node: Node | None, *names: str) -> str | None:
    """The string (or number, as text) at the end of these names."""
    found = node.find(*names) if node is not None else None
    if found is None or found.is_mapping or found.is_sequence or found.value is None or isinstance(found.value, bool):
        return None
    return str(found.value)


def texts(node: Node | None, *names: str) -> tuple[str, ...]:
    """The strings of the list at the end of these names; a lone string is a list of one."""
    found = node.find(*names) if node is not None else None
    if found is None:
        return ()
    if found.text is not None:
        return (found.text,)
    return tuple(str(item.value) for item in found.sequence if not item.is_mapping and not item.is_sequence)


def says(node: Node, name: str) -> bool:
    """Whether anything stands under this name: no null, no empty list, no empty object."""
    found = node.find(name)
    return found is not None and found.value is not None and found.value not in ("", [], {})


def number(node: Node | None, *names: str) -> int | None:
    """The whole number at the end of these names."""
    found = node.find(*names) if node is not None else None
    value = found.value if found is not None else None
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) else None


def is_false(node: Node | None, *names: str) -> bool:
    """Whether `false` stands at the end of these names."""
    found = node.find(*names) if node is not None else None
    return found is not None and found.value is False


def members(node: Node | None, *names: str) -> Iterator[tuple[str, Node]]:
    """The members of the object at the end of these names."""
    found = node.find(*names) if node is not None else None
    yield from found.mapping.items() if found is not None else ()
