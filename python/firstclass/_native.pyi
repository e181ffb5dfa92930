"""What Rust gives to Python: the contract reader, pattern checks and the engine."""

from typing import Any

def load_yaml(text: str) -> Any:
    """YAML 1.2 (or JSON) as nested tuples `(kind, line, column, value)`.

    Kinds: "scalar", "decimal" (its text), "list" (of nodes), "map" (of `(key, line, column, node)`). Lines and columns
    count from 1.

    Raises:
        ValueError: with the arguments (code, message, line, column).
    """

def load_json(text: str) -> Any:
    """As `load_yaml`, for a text that says it is JSON."""

def check_pattern(regex: str) -> str | None:
    """None, or why the engine cannot hold this pattern (in the syntax of Rust's `regex`)."""

def pattern_matches(regex: str, text: str) -> bool:
    """Whether the pattern matches somewhere in `text`, as the engine would judge it.

    Raises:
        ValueError: the pattern does not compile.
    """

def check_bundle(payload: str) -> str | None:
    """None, or why an engine would refuse this bundle, given as its exact text."""

def run_engine(config_json: str) -> int:
    """Run an engine with this configuration (`bundle/LINK.md`) until it has drained; its exit code."""
