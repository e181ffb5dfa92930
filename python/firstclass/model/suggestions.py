"""Did you mean: the known word that is closest to one that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def find_closest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known word that `word` is most likely a misspelling of, or None."""
    candidates = sorted(set(known))
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    mistyped = word.casefold()[:100]
    # Two letters in the wrong order make a short word very unlike itself, and are still the commonest slip.
    swapped = [mistyped[:i] + mistyped[i + 1] + mistyped[i] + mistyped[i + 2 :] for i in range(len(mistyped) - 1)]
    matches = [
        *get_close_matches(mistyped, folded, n=1, cutoff=likeness),
        *(each for each in swapped if each in folded),
    ]
    return folded[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest known word, or else all of them."""
    candidates = sorted(set(known))
    closest = find_closest(word, candidates)
    if closest is not None:
        return f"did you mean {closest!r}?"
    if not candidates:
        return "remove it"
    return "known here: " + ", ".join(candidates)
