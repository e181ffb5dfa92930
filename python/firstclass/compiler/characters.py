"""Sets of characters as ECMA-262 defines them, written as classes of the Rust `regex` crate."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]
Ranges = tuple[Range, ...]

LAST = 0x10FFFF
SURROGATES: Range = (0xD800, 0xDFFF)

DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
# WhiteSpace and LineTerminator of ECMA-262 §12.2 and §12.3
SPACE: Ranges = (
    *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
    *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))

ESCAPES: dict[str, Ranges] = {}


def normalised(ranges: Iterable[Range]) -> Ranges:
    """Sorted, without overlaps, and without surrogates: no text that the engine reads contains one."""
    out: list[Range] = []
    for low, high in sorted(_without_surrogates(ranges)):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def _without_surrogates(ranges: Iterable[Range]) -> Iterable[Range]:
    first, last = SURROGATES
    for low, high in ranges:
        if low < first:
            yield low, min(high, first - 1)
        if high > last:
            yield max(low, last + 1), high


def negated(ranges: Iterable[Range]) -> Ranges:
    """All other characters."""
    out: list[Range] = []
    low = 0
    for start, end in normalised(ranges):
        if start > low:
            out.append((low, start - 1))
        low = end + 1
    if low <= LAST:
        out.append((low, LAST))
    return normalised(out)


ESCAPES.update(
    {
        "d": DIGIT,
        "D": negated(DIGIT),
        "w": WORD,
        "W": negated(WORD),
        "s": SPACE,
        "S": negated(SPACE),
    }
)


def literal(code: int) -> str:
    """One character outside of or inside of a class."""
    character = chr(code)
    if character.isascii() and (character.isalnum() or character in "_ @%\"'`=:;<>,!/"):
        return character
    if character.isascii() and character.isprintable():
        return "\\" + character
    return f"\\x{{{code:X}}}"


def as_class(ranges: Iterable[Range], properties: Iterable[str] = (), *, negate: bool = False) -> str:
    """The class of these characters and Unicode properties; an empty one matches nothing."""
    parts = [_range(low, high) for low, high in normalised(ranges)] + list(properties)
    if not parts:
        return r"[\s\S]" if negate else r"[^\s\S]"
    return f"[{'^' if negate else ''}{''.join(parts)}]"


def _range(low: int, high: int) -> str:
    if low == high:
        return literal(low)
    if high == low + 1:
        return literal(low) + literal(high)
    return f"{literal(low)}-{literal(high)}"
