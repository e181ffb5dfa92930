"""Path templates: segments of literals and parameters, and the rule that one request path has one operation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node

_PART = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f?#\\;%]")
# Stands for a parameter (one character or more) in a segment's pattern.
HOLE = "\0"


@dataclass(frozen=True)
class Template:
    """A path template; `patterns` are its segments with `HOLE` in place of each parameter."""

    text: str
    node: Node
    segments: tuple[tuple[dict[str, str], ...], ...]
    patterns: tuple[str, ...]
    names: tuple[str, ...]

    def as_bundle(self) -> list[list[dict[str, str]]]:
        """The segments as the bundle writes them."""
        return [list(parts) for parts in self.segments]


def parse_template(text: str, node: Node, findings: Findings) -> Template | None:
    """Read a key of `paths`; None after an error."""

    def refuse(message: str, hint: str) -> None:
        findings.error(node, "path_invalid", message, hint, key=True)

    if not text.startswith("/"):
        refuse(f"the path {text!r} must begin with a slash", "write a slash before it")
        return None
    segments: list[tuple[dict[str, str], ...]] = []
    names: list[str] = []
    for raw in text[1:].split("/"):
        parts = _parts(raw)
        if parts is None:
            refuse(f"the path {text!r} has a brace without a partner or a parameter without a name", "write {name}")
            return None
        if any("parameter" in one and "parameter" in two for one, two in pairwise(parts)):
            refuse(f"in {text!r} nothing separates two parameters", "put a literal between them")
            return None
        literals = [part["literal"] for part in parts if "literal" in part]
        if any(_FORBIDDEN.search(literal) for literal in literals) or parts in (
            [{"literal": "."}],
            [{"literal": ".."}],
        ):
            refuse(f"the path {text!r} has a character or a segment that no request can have", "write a plain path")
            return None
        segments.append(tuple(parts))
        names.extend(part["parameter"] for part in parts if "parameter" in part)
    if any(not parts for parts in segments[:-1]):
        refuse(f"the path {text!r} has an empty segment, and no request can have one", "write single slashes")
        return None
    if len(set(names)) < len(names):
        refuse(f"the path {text!r} names a parameter twice", "give each parameter a name of its own")
        return None
    patterns = tuple("".join(part.get("literal", HOLE) for part in parts) for parts in segments)
    return Template(text, node, tuple(segments), patterns, tuple(names))


def _parts(raw: str) -> list[dict[str, str]] | None:
    parts: list[dict[str, str]] = []
    at = 0
    for match in _PART.finditer(raw):
        if match.start() > at:
            parts.append({"literal": _decoded(raw[at : match.start()])})
        if not match[1]:
            return None
        parts.append({"parameter": match[1]})
        at = match.end()
    if at < len(raw):
        parts.append({"literal": _decoded(raw[at:])})
    return None if any("{" in p.get("literal", "") or "}" in p.get("literal", "") for p in parts) else parts


def _decoded(literal: str) -> str:
    """Escapes of characters decoded, as the engine decodes a target; those that it refuses stay, and are refused."""
    return re.sub("(?:%[0-9A-Fa-f]{2})+", lambda match: _decode_run(match[0]), literal)


def _decode_run(run: str) -> str:
    decoded = unquote(run, errors="replace")
    return run if any(c in "/\\%\ufffd" or ord(c) < 0x21 for c in decoded) else decoded


@dataclass
class _Level:
    """What is known after some segments: the segments that may follow, and a template that ends here."""

    following: dict[str, _Level] = field(default_factory=dict)
    template: Template | None = None


class Routes:
    """Templates seen so far, as a tree over segments, to find those that match a path in common."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.crossing: list[tuple[Template, Template]] = []
        self._root = _Level()

    def add(self, template: Template) -> Template | None:
        """Remember the template, and report those that it crosses. Returns an earlier one that matches the same paths:
        it differs in the names of its parameters only."""
        same = None
        for other in self._overlapping(template.patterns):
            same = other if self._judge(template, other) else same
        level = self._root
        for pattern in template.patterns:
            level = level.following.setdefault(pattern, _Level())
        level.template = level.template or template
        return same

    def _overlapping(self, patterns: tuple[str, ...]) -> list[Template]:
        levels = [self._root]
        for pattern in patterns:
            levels = [below for level in levels for key, below in level.following.items() if overlap(key, pattern)]
        return [level.template for level in levels if level.template is not None]

    def _judge(self, new: Template, old: Template) -> bool:
        """Whether both match the same paths; crossing ones are noted."""
        narrower = all(covers(o, n) for o, n in zip(old.patterns, new.patterns, strict=True))
        wider = all(covers(n, o) for o, n in zip(old.patterns, new.patterns, strict=True))
        if not narrower and not wider:
            self.crossing.append((new, old))
            message = (
                f"{new.text} and {old.text} (line {old.node.key_line}) match some path in common, and neither is the "
                "more concrete one: a call of such a path is refused"
            )
            hint = "nothing, if no value is ever spelt like the other's literal; else change one of the two"
            self.findings.warning(new.node, "crossing_paths", message, hint, key=True)
        return narrower and wider


def covers(wide: str, narrow: str) -> bool:
    """Whether every segment that `narrow` matches is matched by `wide`."""
    states = {0}
    for character in narrow:
        moved: set[int] = set()
        for state in states:
            expected = wide[state : state + 1]
            if expected == HOLE:
                moved |= {state, state + 1}
            elif expected == character:
                moved.add(state + 1)
        states = moved
    return len(wide) in states


def overlap(one: str, other: str) -> bool:
    """Whether some segment is matched by both patterns, each hole being one character or more."""
    if HOLE not in one and HOLE not in other:
        return one == other
    positions = {(0, 0)}
    seen: set[tuple[int, int]] = set()
    while positions:
        i, j = positions.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(one) and j == len(other):
            return True
        if i == len(one) or j == len(other):
            continue
        a, b = one[i], other[j]
        if HOLE not in (a, b):
            positions |= {(i + 1, j + 1)} if a == b else set()
        else:
            # One step consumes a character: a hole may stay open, a literal moves on.
            for next_i in (i + 1, i) if a == HOLE else (i + 1,):
                for next_j in (j + 1, j) if b == HOLE else (j + 1,):
                    if (next_i, next_j) != (i, j):
                        positions.add((next_i, next_j))
    return False
