"""Events from the link to the disk, and when each key was last used to the store; neither ever holds up the link."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from firstclass.app.trouble import Trouble
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store
from firstclass.storage.events import EventLog

# Events that wait for the disk; what comes on top is dropped and counted.
MOST_WAITING = 100_000
# Uses are noted in steps of a minute for each key, so that the store is not written per call.
USE_STEP_SECONDS = 60.0
TURN_SECONDS = 0.05
RETRY_SECONDS = 1.0
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class EventKeeping:
    """Takes events at once, and writes them when it can."""

    def __init__(self, log: EventLog, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets sentences for people."""
        self._log = log
        self._store = store
        self._say = say
        self._waiting: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._dropped = 0
        self._noted: dict[str, datetime] = {}
        self._uses: dict[str, datetime] = {}
        self._disk = Trouble(say, "events are kept again")
        self._notes = Trouble(say, "the last use of keys is noted again")

    def take(self, events: list[dict[str, Any]]) -> None:
        """Queue events; never waits."""
        room = MOST_WAITING - len(self._waiting)
        self._waiting += events[:room]
        self._dropped += max(0, len(events) - room)
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        noting = asyncio.create_task(self._note_uses())
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self.flush()
                await asyncio.sleep(TURN_SECONDS)
        finally:
            noting.cancel()

    async def flush(self) -> None:
        """Write what waits."""
        events, self._waiting = self._waiting, []
        if not events:
            return
        try:
            await asyncio.to_thread(self._log.append, events, datetime.now(UTC))
        except OSError as problem:
            self._dropped += len(events)
            self._disk.met(f"events cannot be kept: {problem.strerror or problem}; calls go on")
        else:
            self._disk.over()
            if self._dropped:
                self._say(f"{self._dropped} events were lost meanwhile")
                self._dropped = 0
        self._collect_uses(events)

    def _collect_uses(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            credential = event.get("credential")
            if event.get("decision") != "allow" or not isinstance(credential, str) or not credential.startswith("key_"):
                continue
            with contextlib.suppress(ValueError, KeyError):
                at = datetime.fromisoformat(str(event["time"]))
                if (at - self._noted.get(credential, _LONG_AGO)).total_seconds() > USE_STEP_SECONDS:
                    self._uses[credential] = at

    async def _note_uses(self) -> None:
        while True:
            await asyncio.sleep(TURN_SECONDS)
            if not self._uses:
                continue
            uses, self._uses = self._uses, {}
            try:
                await asyncio.to_thread(self._store.record_uses, uses)
            except FirstclassError as error:
                self._uses = uses | self._uses
                self._notes.met(f"the last use of keys cannot be noted: {error.message}; calls go on")
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._notes.over()
                self._noted |= uses
