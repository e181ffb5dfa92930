"""The control process: serves the link, notices what any process wrote, keeps what engines count, fetches keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from typing import Any

from firstclass.app.confirmations import Confirmations
from firstclass.app.control_start import ControlConfiguration
from firstclass.app.counting import Counting
from firstclass.app.introspecting import Introspecting
from firstclass.app.issuer_fetching import IssuerFetching
from firstclass.app.opening import CONTROL_SOCKET, open_keyring, open_store
from firstclass.app.sighting_keeping import SightingKeeping
from firstclass.app.store_watch import StoreWatch
from firstclass.app.trouble import Trouble
from firstclass.app.use_keeping import UseKeeping
from firstclass.base.cores import leave_no_core
from firstclass.base.printable import printable
from firstclass.engine.link import Frame, LinkServer
from firstclass.identity.keyring import Keyring
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish.publisher import Publisher
from firstclass.storage import Store
from firstclass.storage.store import FILE as STORE_FILE

OPEN_AGAIN_SECONDS = 1.0
PRUNE_SECONDS = 60.0
KEEP_OUTBOX_ROWS = 100_000
# The last counters of an engine that has just ended lie in its connection still.
LAST_WORDS_SECONDS = 1.0


def say(line: str) -> None:
    """One line for the operator's log, if there is still somebody who keeps it."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"control: {printable(line)}\n")
        sys.stderr.flush()


class Control:
    """One control process over one data directory. Nothing here waits for the store outside a thread."""

    def __init__(self, configuration: ControlConfiguration, store: Store, keyring: Keyring) -> None:
        """Publish what is in `store`, signed with `keyring`."""
        data = configuration.data
        self._store = store
        self._file = data / STORE_FILE
        self._inode = self._file.stat().st_ino
        self._listener = socket.socket(fileno=os.dup(configuration.listener))
        publisher = Publisher(store, keyring)
        self._link = LinkServer(data / CONTROL_SOCKET, publisher, self._heard)
        self._uses = UseKeeping(store, say)
        self._counting = Counting(data, store, say)
        self._confirmations = Confirmations(store, self._link.connected, say)
        self._fetching = IssuerFetching(store)
        self._introspecting = Introspecting(store, keyring, self._link.tell, say)
        self._sightings = SightingKeeping(store, say)
        self._reading = Trouble(say, "the store can be read again")
        self._watch = StoreWatch(self._file)
        self._turn_seconds = configuration.turn_seconds
        self._rung = asyncio.Event()
        self._sequence = -1
        self._pruned = time.monotonic()

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        await self._link.start(self._listener)
        tell("listening")
        keeping = (
            self._fetching.run(),
            self._uses.run(),
            self._counting.run(),
            self._confirmations.run(),
            self._sightings.run(),
        )
        tasks = [asyncio.create_task(each) for each in keeping]
        for task in tasks:
            task.add_done_callback(lambda done: stop.set() if not done.cancelled() else None)
        stopped = asyncio.create_task(stop.wait())
        stopped.add_done_callback(lambda _: self._rung.set())
        while not stop.is_set():
            pause = self._turn_seconds if await self._look(stop) else OPEN_AGAIN_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):  # wait_for would make a task each time
                    await self._rung.wait()
                self._rung.clear()
                self._watch.forget()
        await self._link.close(LAST_WORDS_SECONDS)
        await self._uses.flush()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await self._counting.flush()
        self._counting.close()
        await asyncio.to_thread(self._store.close)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem

    async def _look(self, stop: asyncio.Event) -> bool:
        """Tell engines what is new, or that nothing is; False, and nothing is told, while the store cannot be read."""
        if self._watch.may_have_changed():
            try:
                newest = await asyncio.to_thread(self._store.latest_sequence)
            except FirstclassError as error:
                self._watch.forget()
                self._reading.met(f"{error.message}; the engine serves what it has")
                return False
            self._reading.over()
            if newest != self._sequence:
                self._sequence = newest
                self._link.changed()
                self._fetching.changed()
            await self._prune(newest)
            if self._is_replaced():
                say("the store was replaced by another file; it is opened anew")
                stop.set()
        self._link.beat(self._sequence)
        return True

    async def _prune(self, newest: int) -> None:
        """Forget old changes once a minute; a store that is busy now is no reason to stop telling engines."""
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            with contextlib.suppress(FirstclassError):
                await asyncio.to_thread(self._store.prune_outbox, newest - KEEP_OUTBOX_ROWS)

    def _is_replaced(self) -> bool:
        try:
            return self._file.stat().st_ino != self._inode
        except OSError:
            return False

    async def _heard(self, engine: str, frame: Frame) -> None:
        match frame["kind"]:
            case "hello" | "confirm":
                self._counting.heard(engine, frame)
                self._confirmations.heard(engine, frame)
            case "changed":
                self._rung.set()
            case "used":
                self._uses.heard(frame)
            case "keys_wanted":
                self._fetching.wanted(str(frame["issuer"]))
            case "introspect":
                self._introspecting.heard(engine, frame)
            case "unregistered":
                self._sightings.heard_unregistered(frame)
            case "sessions":
                self._sightings.heard_sessions(engine, frame)
            case "refused":
                what = f"{frame['what']} ({frame['api']})" if frame.get("api") else frame["what"]
                say(
                    f"the engine refused a {what}, which is not in effect: {frame['problem']}; what it had before stays"
                )
            case _:
                self._counting.heard(engine, frame)  # others are of later versions


def tell(state: str) -> None:
    """One line for the supervisor."""
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps({"event": state}) + "\n")
        sys.stdout.flush()


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Until `stop` is set, or the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for would make a task each time
            await stop.wait()


async def open_when_possible(configuration: ControlConfiguration, stop: asyncio.Event) -> tuple[Store, Keyring] | None:
    """Store and keyring, as soon as they can be used; None: stopped before."""
    trouble = Trouble(say, "the store can be used again")
    while not stop.is_set():
        try:
            opened = await asyncio.to_thread(_open, configuration)
        except FirstclassError as error:
            tell("waiting")
            trouble.met(f"{error.message}; hint: {error.hint}")
            await wait(stop, OPEN_AGAIN_SECONDS)
        else:
            trouble.over()
            return opened
    return None


def _open(configuration: ControlConfiguration) -> tuple[Store, Keyring]:
    store = open_store(configuration.data)
    try:
        keyring = open_keyring(configuration.data, configuration.root_secret)
        store.check_keyring(keyring.id)
    except BaseException:
        store.close()
        raise
    return store, keyring


async def _main(configuration: ControlConfiguration) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), _supervisor_gone, loop, stop)
    opened = await open_when_possible(configuration, stop)
    if opened is not None:
        await Control(configuration, *opened).serve(stop)


def _supervisor_gone(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Nothing is ever written after the configuration: what can be read is the end."""
    loop.remove_reader(sys.stdin.fileno())
    stop.set()


def main() -> int:
    """Wait for the configuration, then run until SIGTERM or the supervisor's end."""
    leave_no_core()
    line = sys.stdin.buffer.readline()
    if not line:
        return Exit.DONE
    work: Coroutine[Any, Any, None] = _main(ControlConfiguration.parse(line))
    asyncio.run(work)
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
