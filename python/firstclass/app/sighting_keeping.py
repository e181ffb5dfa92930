"""What engines saw and people should know, from the link to the store: applications that nobody registered, and the
share of calls whose session nobody knows. Never holds up the link."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from firstclass.app.trouble import Trouble, keep_flushing
from firstclass.base.printable import printable
from firstclass.engine.link import Frame
from firstclass.model.counted import counted
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store
from firstclass.storage.sightings import SessionCalls, UnregisteredClient

RETRY_SECONDS = 2.0
TOLD_AGAIN_SECONDS = 60.0
MOST_WAITING = 20_000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SightingKeeping:
    """Remembers what it hears until it is written."""

    def __init__(self, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets sentences for people."""
        self._store = store
        self._say = say
        self._clients: list[UnregisteredClient] = []
        self._counted: dict[str, dict[str, SessionCalls]] = {}
        self._told: dict[str, float] = {}
        self._named: set[tuple[str, str]] = set()
        self._news = asyncio.Event()
        self._writing = Trouble(say, "what engines saw is kept again")

    def heard_unregistered(self, frame: Frame) -> None:
        """Applications that nobody registered called."""
        for seen in frame["clients"]:
            at = _LONG_AGO + timedelta(milliseconds=int(seen["last_seen"]))
            client = UnregisteredClient(str(seen["issuer"]), str(seen["client_id"]), int(seen["calls"]), at, at)
            if len(self._clients) < MOST_WAITING:
                self._clients.append(client)
            self._tell_unregistered(client)
        self._news.set()

    def heard_sessions(self, engine: str, frame: Frame) -> None:
        """How many calls came with a session, known or not, since the engine started."""
        before = self._counted.get(engine, {})
        counted = {c["api"]: SessionCalls(str(c["api"]), int(c["known"]), int(c["unknown"])) for c in frame["apis"]}
        for calls in counted.values():
            was = before.get(calls.api)
            if calls.unknown > (was.unknown if was is not None else 0):
                self._tell_share(calls)
        self._counted[engine] = counted
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        await keep_flushing(self._news, self.flush, RETRY_SECONDS)

    async def flush(self) -> bool:
        """Write what waits; False: it waits still."""
        clients, self._clients = self._clients, []
        counted = {engine: list(calls.values()) for engine, calls in self._counted.items()}
        try:
            await asyncio.to_thread(self._record, clients, counted)
        except FirstclassError as error:
            self._clients = clients + self._clients
            self._writing.met(f"what engines saw cannot be kept: {error.message}; calls go on")
            self._news.set()
            return False
        self._writing.over()
        return True

    def _record(self, clients: list[UnregisteredClient], counted: dict[str, list[SessionCalls]]) -> None:
        if clients:
            self._store.record_unregistered(clients)
        for engine, calls in counted.items():
            self._store.record_session_calls(engine, calls)

    def _tell_unregistered(self, client: UnregisteredClient) -> None:
        key = (client.issuer, client.client_id)
        if key not in self._named and len(self._named) < 100:
            self._named.add(key)
            self._say(
                f"tokens of {client.issuer} name an application that nobody registered: "
                f"{printable(client.client_id[:80])} (not_subscribed); "
                "firstclass applications list --unregistered lists them all"
            )

    def _tell_share(self, calls: SessionCalls) -> None:
        now = time.monotonic()
        before = self._told.get(calls.api)
        if before is None or now - before >= TOLD_AGAIN_SECONDS:
            self._told[calls.api] = now
            self._say(f"{calls.api}: {share_in_words(calls)}")


def share_in_words(calls: SessionCalls) -> str:
    """How many calls came with a session that nobody knows."""
    total = counted(calls.known + calls.unknown, "call")
    return (
        f"{calls.unknown} of {total} with a session ({calls.share:.0%}) came with one that did not begin here, "
        "or has ended (subject_unknown): their users sign in again"
    )
