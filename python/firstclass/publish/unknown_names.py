"""Names in a configuration that stand for nothing, with what was probably meant and where they stand."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from firstclass.model.errors import FirstclassError, Where

Vocabulary = dict[str, tuple[set[str], set[str]]]
"""API name to its operation ids and categories."""


def unknown(noun: str, name: str, known: Collection[str], pointer: str | None = None) -> FirstclassError:
    """There is no such thing. `pointer`: its place in the configuration, whose line the caller knows."""
    near = get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(list(known)[:20]) or 'none'}"
    where = None if pointer is None else Where("", pointer=pointer)
    return FirstclassError("unknown_name", f"there is no {noun} {name!r}", hint=hint, where=where)


def check_operations(api: str, operations: Collection[str], known: Vocabulary, pointer: str) -> None:
    """Whether the API has these operations; `pointer` is the place of the entry that names them.

    Raises:
        FirstclassError: unknown_name.
    """
    if api not in known:
        raise unknown("API", api, list(known), f"{pointer}/api")
    for index, operation in enumerate(operations):
        if operation not in known[api][0]:
            raise unknown(f"operation of {api}", operation, sorted(known[api][0]), f"{pointer}/operations/{index}")
