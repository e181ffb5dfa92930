"""Numbers with their nouns, for people: `1 call`, `2 calls`."""


def counted(count: int, noun: str) -> str:
    """`count` and `noun`, in the plural unless it is one."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
