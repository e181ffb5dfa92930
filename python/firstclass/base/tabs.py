"""A tab where YAML wants spaces: the slip that its readers tell in words of their own. Pure."""

from __future__ import annotations


def find_tab(text: str, line: int) -> str | None:
    """Where a line beside the one at which YAML could not be read (from 1) begins with a tab, in words; None: none."""
    lines = text.splitlines()
    for each in (line, line + 1, line - 1):
        if 0 < each <= len(lines):
            content = lines[each - 1]
            if "\t" in content[: len(content) - len(content.lstrip())]:
                return f"line {each} begins with a tab; use spaces"
    return None
