"""For people: numbers with their nouns (`1 call`, `2 calls`), and names of which there are many (`a, b and 4 more`)."""

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """`count` and `noun`, in the plural unless it is one."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], shown: int = 3) -> str:
    """The first `shown` names, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
