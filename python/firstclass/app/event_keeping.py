"""Events from the link to the disk, and when each key was last used to the store; neither ever holds up the link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from firstclass.app.trouble import Trouble
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store
from firstclass.storage.events import EventLog

# Events that wait for the disk; what comes on top is dropped and counted.
MOST_WAITING = 100_000
# Uses are noted in steps of a minute for each key, so that the store is not written per call.
USE_STEP = timedelta(minutes=1)
NOTE_SECONDS = 0.2
RETRY_SECONDS = 1.0
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class EventKeeping:
    """Takes events at once, and writes them when it can."""

    def __init__(self, log: EventLog, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets sentences for people."""
        self._log = log
        self._store = store
        self._say = say
        self._waiting: list[tuple[bytes, int]] = []
        self._held = 0
        self._news = asyncio.Event()
        self._use_news = asyncio.Event()
        self._dropped = 0
        self._noted: dict[str, datetime] = {}
        self._uses: dict[str, datetime] = {}
        self._in_query: dict[str, int] = {}
        self._disk = Trouble(say, "events are kept again")
        self._notes = Trouble(say, "the last use of keys is noted again")

    def take(self, lines: bytes, count: int, used: dict[str, int], in_query: dict[str, int] | None = None) -> None:
        """Queue `count` events, one a line, when credentials were used (Unix ms), and how often in a query; never
        waits."""
        if self._held + count > MOST_WAITING:
            self._dropped += count
        else:
            self._waiting.append((lines, count))
            self._held += count
        for credential, milliseconds in used.items():
            at = _LONG_AGO + timedelta(milliseconds=milliseconds)
            if credential.startswith("key_") and at - self._noted.get(credential, _LONG_AGO) > USE_STEP:
                self._uses[credential] = at
        for credential, times in (in_query or {}).items():
            if credential.startswith("key_"):
                self._in_query[credential] = self._in_query.get(credential, 0) + int(times)
        self._news.set()
        if self._uses or self._in_query:
            self._use_news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        noting = asyncio.create_task(self._note_uses())
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self.flush()
        finally:
            noting.cancel()

    async def flush(self) -> None:
        """Write what waits."""
        batches, self._waiting = self._waiting, []
        count, self._held = self._held, 0
        if not batches:
            return
        try:
            lines = batches[0][0] if len(batches) == 1 else b"".join(lines for lines, _ in batches)
            await asyncio.to_thread(self._log.append_lines, lines, datetime.now(UTC))
        except OSError as problem:
            self._dropped += count
            self._disk.met(f"events cannot be kept: {problem.strerror or problem}; calls go on")
        else:
            self._disk.over()
            if self._dropped:
                self._say(f"{self._dropped} events were lost meanwhile")
                self._dropped = 0

    async def _note_uses(self) -> None:
        while True:
            await self._use_news.wait()
            self._use_news.clear()
            await asyncio.sleep(NOTE_SECONDS)
            uses, self._uses = self._uses, {}
            in_query, self._in_query = self._in_query, {}
            try:
                await asyncio.to_thread(self._store.record_uses, uses, in_query)
            except FirstclassError as error:
                self._uses = uses | self._uses
                for credential, times in in_query.items():
                    self._in_query[credential] = self._in_query.get(credential, 0) + times
                self._notes.met(f"the last use of keys cannot be noted: {error.message}; calls go on")
                self._use_news.set()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._notes.over()
                self._noted |= uses
