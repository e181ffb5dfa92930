"""The grammar of rates and quotas: `100 per minute by application, subject`."""

from dataclasses import dataclass
from typing import Any

from firstclass.model.suggestions import did_you_mean

PERIOD_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
QUOTA_WINDOWS = ("hour", "day", "month")
KEYS = ("application", "subject", "address")
FORM = "N per second|minute|hour|day by application|subject|address[, ...]"
MAX_COUNT = 1_000_000_000


class RateSyntaxError(ValueError):
    """A rate that cannot be read; `word` is the part that is not understood."""

    def __init__(self, word: str, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.word = word
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` calls per `period_seconds`, counted separately for each value of the keys in `by`."""

    count: int
    period_seconds: int
    by: tuple[str, ...]

    def as_bundle(self) -> dict[str, Any]:
        """The form that the bundle carries."""
        return {"count": self.count, "period_seconds": self.period_seconds, "by": list(self.by)}


def parse_rate(text: str) -> Rate:
    """Read one rate.

    Raises:
        RateSyntaxError: names the offending word.
    """
    count, period, by = parse_count_by(text, "rate", tuple(PERIOD_SECONDS))
    return Rate(count, PERIOD_SECONDS[period], by)


def parse_count_by(text: str, noun: str, periods: tuple[str, ...]) -> tuple[int, str, tuple[str, ...]]:
    """Read `N per PERIOD by KEY, KEY` with one of these periods: the number, the period and the keys.

    Raises:
        RateSyntaxError: names the offending word.
    """
    words = text.replace(",", " , ").split()
    count = _count(words[0] if words else "", noun)
    _expect(words, 1, "per")
    period = words[2] if len(words) > 2 else ""
    if period not in periods:
        raise RateSyntaxError(period, f"{period!r} is no period of a {noun}", did_you_mean(period, periods))
    _expect(words, 3, "by")
    return count, period, _keys(words[4:])


def parse_places(text: str) -> tuple[int, tuple[str, ...]]:
    """Read how many calls may run at once: `10`, which is `10 by application`, or with other keys.

    Raises:
        RateSyntaxError: names the offending word.
    """
    words = text.replace(",", " , ").split()
    count = _count(words[0] if words else "", "concurrency")
    if len(words) == 1:
        return count, ("application",)
    _expect(words, 1, "by")
    return count, _keys(words[2:])


def _count(word: str, noun: str) -> int:
    if not (word.isascii() and word.isdigit()) or not 0 < int(word[:12]) <= MAX_COUNT:
        raise RateSyntaxError(word, f"a {noun} begins with a number from 1 to {MAX_COUNT}, not with {word!r}", FORM)
    return int(word)


def _expect(words: list[str], position: int, expected: str) -> None:
    word = words[position] if len(words) > position else ""
    if word != expected:
        problem = f"{expected!r} is expected where {word!r} stands" if word else f"the rate ends before {expected!r}"
        raise RateSyntaxError(word, problem, f"write {FORM}")


def _keys(words: list[str]) -> tuple[str, ...]:
    keys: list[str] = []
    for position, word in enumerate(words):
        if position % 2:
            if word != ",":
                raise RateSyntaxError(word, f"a comma is expected where {word!r} stands", f"write {FORM}")
        elif word not in KEYS:
            raise RateSyntaxError(word, f"{word!r} is nothing that a rate counts by", did_you_mean(word, KEYS))
        elif word in keys:
            raise RateSyntaxError(word, f"{word!r} stands twice", "name it once")
        else:
            keys.append(word)
    if not keys or len(words) % 2 == 0:
        raise RateSyntaxError("", "the rate does not say what it counts by", f"write {FORM}")
    return tuple(keys)
