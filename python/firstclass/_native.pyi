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

class Rehearsal:
    """The engine's decisions about calls that only a log remembers, for callers who may do everything."""

    def __new__(cls, payloads: list[str]) -> Rehearsal:
        """From the texts of bundles.

        Raises:
            ValueError: an engine would refuse one of them.
        """

    def decide(self, method: str, target: str) -> tuple[str | None, str | None, tuple[str, str, str] | None]:
        """Operation, reason (None: let in), and the first violation: its place, name and keyword."""

    @staticmethod
    def path_shape(target: str) -> str:
        """The path of a target with everything in it that may be a value taken out."""

def run_engine(config_json: str) -> int:
    """Run an engine with this configuration (`bundle/LINK.md`) until it has drained; its exit code."""
