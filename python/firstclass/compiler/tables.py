"""The flat tables of a bundle that schemas point into: patterns, masking actions, categories."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.nodes import Node
from firstclass.compiler.patterns import PatternError, Translated, find_literal, translate

MAX_CATEGORIES = 64
_WAIVE = "rewrite it without what is named, or waive it here with x-firstclass: {pattern: unchecked}"


class Tables:
    """Each distinct entry once, addressed by index in the order in which it was first used."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.patterns: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []
        self.categories: list[str] = []
        self._translations: dict[str, Translated | PatternError] = {}
        self._indexes: dict[str, int] = {}

    def _warn_of_literal(self, node: Node, source: str) -> None:
        """`/^[a-z]+$/i` is JavaScript's way to write a pattern, and no pattern."""
        literal = find_literal(source)
        if literal is None:
            return
        parts = "the slashes" + (f" and the {literal.flags} behind them" if literal.flags else "")
        message = f"the pattern {source[:80]} is written as in JavaScript's source: here {parts} are characters of it"
        message += ", so that no value matches" if literal.is_hopeless else ""
        hint = f"write pattern: '{literal.body.replace(chr(39), chr(39) * 2)}'"
        if "i" in literal.flags:
            hint += ", and both cases of each letter, as in [Aa]: a pattern has no flags"
        self.findings.warning(node, "pattern_between_slashes", message, hint)

    def translate(self, node: Node, *, conditions: bool = False) -> Translated | None:
        """The translation of the pattern at `node`, or None after an error; conditions: look-aheads may lead it."""
        source = node.text
        if source is None:
            message = f"a pattern must be a string, not {node.kind}"
            self.findings.error(node, "wrong_type", message, "write the pattern in quotes")
            return None
        self._warn_of_literal(node, source)
        found = self._translations.get(source)
        if found is None:
            try:
                found = translate(source)
            except PatternError as problem:
                found = problem
            self._translations[source] = found
        if isinstance(found, PatternError):
            message = f"the pattern {source[:80]} cannot be enforced: {found}"
            self.findings.error(node, "pattern_not_enforceable", message, _WAIVE)
            return None
        if (found.all_of or found.none_of) and not conditions:
            message = f"the pattern {source[:80]} cannot be enforced: look-ahead is not possible in this place"
            self.findings.error(node, "pattern_not_enforceable", message, "rewrite it without look-ahead")
            return None
        return found

    def pattern(self, source: str, regex: str) -> int:
        """The index of a translated pattern."""
        return self._index(self.patterns, {"source": source, "regex": regex})

    def action(self, action: dict[str, Any]) -> int:
        """The index of a masking action."""
        return self._index(self.actions, action)

    def category(self, name: str, at: Node) -> int | None:
        """The index of a category of data; None after an error: there are too many."""
        if name not in self.categories and len(self.categories) >= MAX_CATEGORIES:
            message = f"{name!r} would be category number {MAX_CATEGORIES + 1}: a contract has at most {MAX_CATEGORIES}"
            self.findings.error(at, "too_many_categories", message, "use fewer, broader categories")
            return None
        return self._index(self.categories, name)

    def _index(self, table: list[Any], entry: Any) -> int:
        key = f"{id(table)} {entry!r}"
        if key not in self._indexes:
            self._indexes[key] = len(table)
            table.append(entry)
        return self._indexes[key]
