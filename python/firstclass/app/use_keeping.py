"""When each key was last used, from the link to the store; never holds up the link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from firstclass.app.trouble import Trouble, keep_flushing
from firstclass.engine.link import Frame
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store

RETRY_SECONDS = 1.0
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class UseKeeping:
    """Remembers uses until they are noted."""

    def __init__(self, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets sentences for people."""
        self._store = store
        self._uses: dict[str, datetime] = {}
        self._in_query: dict[str, int] = {}
        self._news = asyncio.Event()
        self._noting = Trouble(say, "the last use of keys is noted again")

    def heard(self, frame: Frame) -> None:
        """When credentials were used (Unix ms), in steps of a minute, and how often in a query; never waits."""
        for credential, milliseconds in frame["used"].items():
            if credential.startswith("key_"):
                self._uses[credential] = _LONG_AGO + timedelta(milliseconds=int(milliseconds))
        for credential, times in frame["in_query"].items():
            if credential.startswith("key_"):
                self._in_query[credential] = self._in_query.get(credential, 0) + int(times)
        self._news.set()

    async def run(self) -> None:
        """Note until cancelled."""
        await keep_flushing(self._news, self.flush, RETRY_SECONDS)

    async def flush(self) -> bool:
        """Note what waits; whether that could be done."""
        uses, self._uses = self._uses, {}
        in_query, self._in_query = self._in_query, {}
        if not uses and not in_query:
            return True
        try:
            await asyncio.to_thread(self._store.record_uses, uses, in_query)
        except FirstclassError as error:
            self._uses = uses | self._uses
            for credential, times in in_query.items():
                self._in_query[credential] = self._in_query.get(credential, 0) + times
            self._noting.met(f"the last use of keys cannot be noted: {error.message}; calls go on")
            self._news.set()
            return False
        self._noting.over()
        return True
