"""Something that fails again and again: it is said once, and once more when it is over, and tried after a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Trouble:
    """One kind of failure. Not safe across threads."""

    def __init__(self, say: Callable[[str], None], over: str) -> None:
        """`over` is the sentence for the first success after a failure."""
        self._say = say
        self._over_sentence = over
        self._met: str | None = None

    def met(self, sentence: str) -> None:
        """It failed; said unless the same was said last."""
        if sentence != self._met:
            self._met = sentence
            self._say(sentence)

    def over(self) -> None:
        """It succeeded."""
        if self._met is not None:
            self._met = None
            self._say(self._over_sentence)


async def keep_flushing(news: asyncio.Event, flush: Callable[[], Awaitable[bool]], retry_seconds: float) -> None:
    """Call `flush` whenever there are news, until cancelled; where it says False, only after a pause again."""
    while True:
        await news.wait()
        news.clear()
        if not await flush():
            await asyncio.sleep(retry_seconds)
