"""The control process: serves the link, notices what any process wrote, keeps events, fetches issuers' keys."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firstclass.app.issuer_fetching import IssuerFetching
from firstclass.app.opening import CONTROL_SOCKET, open_event_log, open_keyring, open_store
from firstclass.engine.link import Frame, LinkServer
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish.publisher import Publisher
from firstclass.storage import Store

POLL_SECONDS = 0.05
SEEN_AGAIN_SECONDS = 60.0
KEEP_OUTBOX_ROWS = 100_000
_PR_SET_PDEATHSIG = 1


class Control:
    """One control process over one data directory."""

    def __init__(self, data: Path) -> None:
        """Open store, keyring and event log.

        Raises:
            FirstclassError: one of them cannot be used.
        """
        self._store: Store = open_store(data)
        keyring = open_keyring(data)
        self._store.check_keyring(keyring.id)
        self._events = open_event_log(data)
        self._events_failed = False
        self._link = LinkServer(data / CONTROL_SOCKET, Publisher(self._store, keyring), self._heard)
        self._fetching = IssuerFetching(self._store)
        self._confirmed: dict[str, dict[str, Any]] = {}
        self._written = 0.0
        self._used: dict[str, datetime] = {}

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        await self._link.start()
        fetching = asyncio.create_task(self._fetching.run())
        sequence = -1
        while not stop.is_set():
            with contextlib.suppress(FirstclassError):  # a store that is locked now is read at the next turn
                sequence = self._look(sequence)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        fetching.cancel()
        await self._link.close()
        self._store.close()

    def _look(self, sequence: int) -> int:
        newest = self._store.latest_sequence()
        if newest != sequence:
            self._link.changed()
        now = time.monotonic()
        if now - self._written > SEEN_AGAIN_SECONDS:
            self._written = now
            for engine, frame in self._confirmed.items():
                self._store.confirm_engine(engine, frame["directory_sequence"], frame["bundles"])
            self._store.prune_outbox(newest - KEEP_OUTBOX_ROWS)
        return newest

    async def _heard(self, engine: str, frame: Frame) -> None:
        match frame["kind"]:
            case "confirm":
                self._confirmed[engine] = frame
                with contextlib.suppress(FirstclassError):
                    self._store.confirm_engine(engine, frame["directory_sequence"], frame["bundles"])
            case "events":
                self._keep(frame["events"])
            case "keys_wanted":
                self._fetching.wanted(str(frame["issuer"]))
            case "refused":
                what = f"{frame['what']} ({frame.get('api')})"
                say(f"the engine refused a {what}: {frame['problem']}; the last good one stays")
            case _:
                pass  # hello is the link's own; counters wait for the collector; others are of later versions

    def _keep(self, events: list[dict[str, Any]]) -> None:
        try:
            self._events.append(events, datetime.now(UTC))
            self._events_failed = False
            self._note_use(events)
        except (OSError, FirstclassError) as problem:
            if not self._events_failed:
                say(f"events cannot be kept: {problem}; calls go on")
            self._events_failed = True

    def _note_use(self, events: list[dict[str, Any]]) -> None:
        """When each key was last let through, in steps of a minute so that the store is not written per call."""
        used: dict[str, datetime] = {}
        for event in events:
            credential = event.get("credential")
            if event.get("decision") == "allow" and isinstance(credential, str) and credential.startswith("key_"):
                used[credential] = datetime.fromisoformat(str(event["time"]))
        fresh = {key: at for key, at in used.items() if (at - self._used.get(key, _LONG_AGO)).total_seconds() > 60}
        if fresh:
            self._used |= fresh
            self._store.record_uses(fresh)


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def say(line: str) -> None:
    """One line for the operator's log."""
    sys.stderr.write(f"control: {line}\n")
    sys.stderr.flush()


def end_with_supervisor() -> None:
    """Ask Linux to end this process when its parent dies, however it dies."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        sys.exit(Exit.UNAVAILABLE)


async def _main(data: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C reaches the whole group; the supervisor decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    await Control(data).serve(stop)


def main() -> int:
    """Run until SIGTERM; arguments: the data directory."""
    end_with_supervisor()
    try:
        asyncio.run(_main(Path(sys.argv[1])))
    except FirstclassError as error:
        say(f"{error.message}; {error.hint}")
        return error.exit_code
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
