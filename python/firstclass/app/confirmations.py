"""What engines say they hold, written to the store: `keys revoke --wait` waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firstclass.app.trouble import Trouble
from firstclass.engine.link import Frame
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store

SEEN_AGAIN_SECONDS = 60.0
RETRY_SECONDS = 0.5


class Confirmations:
    """Remembers the last word of each engine until it is written."""

    def __init__(self, store: Store, connected: Callable[[], set[str]], say: Callable[[str], None]) -> None:
        """`connected`: ids of the engines that are there now; `say` gets sentences for people."""
        self._store = store
        self._connected = connected
        self._say = say
        self._last: dict[str, Frame] = {}
        self._due: set[str] = set()
        self._news = asyncio.Event()
        self._writing = Trouble(say, "confirmations of engines are written again")
        self._ahead: set[str] = set()

    def heard(self, engine: str, frame: Frame) -> None:
        """A `hello` or `confirm`; never waits."""
        self._last[engine] = frame
        self._due.add(engine)
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled; every engine again once a minute, so that the store knows it is there."""
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), SEEN_AGAIN_SECONDS)
            except TimeoutError:
                self._due |= self._last.keys() & self._connected()
            self._news.clear()
            while self._due:
                await self._write(self._due.pop())

    async def _write(self, engine: str) -> None:
        frame = self._last[engine]
        try:
            await asyncio.to_thread(self._confirm, engine, frame)
        except FirstclassError as error:
            self._due.add(engine)
            self._writing.met(f"what engines confirm cannot be written: {error.message}; it is tried again")
            await asyncio.sleep(RETRY_SECONDS)
        else:
            self._writing.over()

    def _confirm(self, engine: str, frame: Frame) -> None:
        reached, latest = int(frame["directory_sequence"]), self._store.latest_sequence()
        if reached > latest:
            # Its numbers are of another history than this store's: none of them confirms anything of this one.
            self._store.confirm_engine(engine, 0, {})
            self._tell_ahead(engine, reached, latest)
            return
        self._ahead.discard(engine)
        if frame["kind"] == "hello":
            # It says what is in effect, not what is on its disk: noted is only that the engine is there.
            held = next((e for e in self._store.engines() if e.id == engine), None)
            reached, bundles = (0, {}) if held is None else (min(held.directory_sequence, reached), held.bundles)
            self._store.confirm_engine(engine, reached, bundles)
        else:
            self._store.confirm_engine(engine, reached, frame["bundles"])

    def _tell_ahead(self, engine: str, reached: int, latest: int) -> None:
        if engine not in self._ahead:
            self._ahead.add(engine)
            self._say(
                f"the engine knows changes up to {reached}, but this store ends at {latest}: it is an older copy, or "
                "another store. The engine keeps what it has and takes nothing from this one; hint: restore the newest "
                "store.db, or, if this one is right, stop the gateway, remove the directory engine/ and start again"
            )
