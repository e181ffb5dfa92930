"""`ignore`: names of undeclared query parameters that are left behind rather than refused."""

from __future__ import annotations

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node

MAX_GLOBS = 32
MAX_LENGTH = 64
_HINT = "write names of parameters, as in ignore: [utm_*, gclid]; * stands for any text"


def read_ignore(node: Node | None, findings: Findings) -> list[str]:
    """The globs, each once, in the contract's order."""
    if node is None:
        return []
    items = node.sequence if node.is_sequence else [node]
    if not items or len(items) > MAX_GLOBS:
        findings.error(node, "ignore_invalid", f"ignore is one name or a list of 1 to {MAX_GLOBS}", _HINT)
        return []
    out: list[str] = []
    for item in items:
        text = item.text or ""
        if not text.strip("*"):
            said = "every parameter" if text else item.kind if item.text is None else "a parameter without a name"
            message = f"ignore cannot be {said}: what nobody declared would never be told"
            findings.error(item, "ignore_invalid", message, _HINT)
        elif len(text) > MAX_LENGTH or not text.isprintable() or " " in text:
            message = f"{text[:MAX_LENGTH]!r} is no name of a parameter"
            findings.error(item, "ignore_invalid", message, _HINT)
        elif text not in out:
            out.append(text)
    return out
