"""The engine's log for a person at a terminal: its lines are JSON, for programs. Pure."""

from __future__ import annotations

import json
from typing import Any

from firstclass.base.printable import printable

_DRAINING = "no new calls are taken, those under way end"


def in_words(line: str) -> str:
    """`engine: draining (SIGTERM): no new calls are taken, those under way end`; what is no line of its log stays."""
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "event" not in told:
        return f"engine: {printable(line.rstrip())}"
    if told["event"] == "draining":
        return f"engine: draining ({printable(str(told.get('why')))}): {_DRAINING}"
    return f"engine: {printable(_sentence(told))}"


def _sentence(told: dict[str, Any]) -> str:
    words = str(told["event"]).replace("_", " ")
    rest = {name: value for name, value in told.items() if name not in ("time", "level", "event", "problem", "hint")}
    parts = [f"{name} {value}" for name, value in rest.items()]
    said = f"{words} ({', '.join(parts)})" if parts else words
    said += f": {told['problem']}" if "problem" in told else ""
    return said + (f"; hint: {told['hint']}" if "hint" in told else "")
