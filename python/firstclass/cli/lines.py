"""Lines that fit a terminal: prose is wrapped, commands are continued so that they can still be pasted, and a table
that is too wide becomes a block for each row. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

_COMMAND = re.compile(r"(?P<lead>\s*(?:next: |hint: )?)(?P<command>(?:firstclass |curl |KEY=\$\().*)")
# As a shell reads them: only a blank ends a word, and none inside quotes does.
_WORD = re.compile(r"""(?:'[^']*'|"(?:[^"\\$`]|\\.|\$(?!\())*"|\\.|[^ '"\\])+""")
_OPTION = re.compile(r"--?[\w-]+")
_INDENT = "  "


class Pasted(str):
    """A line of a file that people paste: no end of a line is put into it, however narrow the terminal is."""

    __slots__ = ()


def fitted(line: str, width: int | None) -> list[str]:
    """A line as lines of at most `width` columns, as far as its words allow; None: as wide as it is."""
    if width is None or len(line) <= width:
        return [line]
    command = _COMMAND.fullmatch(line)
    if command is not None:
        return _continued(command["lead"], command["command"], width)
    lead = line[: len(line) - len(line.lstrip())]
    return _wrapped(line.strip(), width, lead, lead + _INDENT)


def _continued(lead: str, command: str, width: int) -> list[str]:
    """A command over several lines, with its comment below it; in one where its quotes do not say where words end."""
    split = _split(command)
    if split is None:
        return [lead + command]
    words, comment = split
    blank = " " * len(lead) + _INDENT
    lines, current = [], lead + words[0]
    for word in words[1:]:
        if len(current) + len(word) + len("  \\") > width:
            lines.append(f"{current} \\")
            current = blank + word
        else:
            current += f" {word}"
    lines.append(current)
    if comment:
        lines += _wrapped(comment, width, f"{blank}# ", f"{blank}# ")
    return lines


def _split(command: str) -> tuple[list[str], str] | None:
    """The words of a command, an option with its value being one, and its comment; None: quotes stay open, or hold
    a command of their own."""
    words: list[str] = []
    at = 0
    while (at := len(command) - len(command[at:].lstrip(" "))) < len(command):
        if command[at] == "#":
            return words, command[at:].lstrip("# ")
        found = _WORD.match(command, at)
        if found is None or not (found.end() == len(command) or command[found.end()] == " "):
            return None
        if words and _OPTION.fullmatch(words[-1]) and not found[0].startswith("-"):
            words[-1] += f" {found[0]}"
        else:
            words.append(found[0])
        at = found.end()
    return words, ""


def blocks(heads: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> list[str]:
    """The rows of a table as blocks: the first two cells, and below them the others that are not empty, each with the
    head of its column."""
    lines: list[str] = []
    for row in rows:
        lines += fitted(_INDENT.join(row[:2]).rstrip(), width)
        current = ""
        for cell in (f"{head} {text}" for head, text in zip(heads[2:], row[2:], strict=True) if text):
            if current and len(current) + len(_INDENT) + len(cell) > width:
                lines += fitted(current, width)
                current = ""
            current += _INDENT + cell
        lines += fitted(current, width) if current else []
    return lines


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
