"""Keep issuers' public keys fresh: a task of the control process that fetches in a thread and writes what changed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from dataclasses import replace
from typing import Any

from firstclass.app.daemon_threads import in_daemon_thread
from firstclass.app.trouble import Trouble
from firstclass.base.clock import now
from firstclass.base.printable import printable
from firstclass.model.errors import FirstclassError
from firstclass.publish.issuer_keys import FetchFailed, FetchSchedule, fetch_keys
from firstclass.storage import Store

TURN_SECONDS = 1.0
# Headers that trickle in, too.
LONGEST_FETCH_SECONDS = 15.0

Keys = list[dict[str, Any]]


class IssuerFetching:
    """Fetches each issuer's keys when the schedule says so; a slow issuer delays no other."""

    def __init__(self, store: Store) -> None:
        """Over the issuers in `store`."""
        self._store = store
        self._schedule = FetchSchedule()
        self._addresses: dict[str, str] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._failing: set[str] = set()
        self._news = asyncio.Event()
        self._is_stale = True
        self._storing = Trouble(_say, "keys of issuers are kept again")

    def wanted(self, name: str) -> None:
        """An engine met a token with an unknown key of this issuer."""
        if name in self._addresses:
            self._schedule.wanted(name, time.monotonic())
            self._news.set()

    def changed(self) -> None:
        """The store has something new, perhaps an issuer."""
        self._is_stale = True
        self._news.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                self._turn(await self._current_addresses())
            except FirstclassError as error:  # the store is locked now; a later turn tries again
                self._storing.met(f"issuers cannot be read: {error.message}")
            # Without an issuer nothing falls due.
            is_idle = not self._addresses and not self._is_stale
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), None if is_idle else TURN_SECONDS)
            self._news.clear()

    async def _current_addresses(self) -> dict[str, str]:
        """Read from the store only where something in it has changed."""
        if not self._is_stale:
            return self._addresses
        self._is_stale = False
        try:
            addresses = await asyncio.to_thread(self._read_addresses)
        except FirstclassError:
            self._is_stale = True
            raise
        self._storing.over()
        return addresses

    def _turn(self, addresses: dict[str, str]) -> None:
        for name, uri in addresses.items():
            if self._addresses.get(name, uri) != uri:
                self._schedule.forget(name)
        self._addresses = addresses
        self._under_way = {name: task for name, task in self._under_way.items() if not task.done()}
        for name in self._schedule.due(list(addresses), time.monotonic()):
            if name not in self._under_way:
                self._under_way[name] = asyncio.create_task(self._fetch(name, addresses[name]))

    async def _fetch(self, name: str, uri: str) -> None:
        succeeded = False
        try:
            keys = await asyncio.wait_for(
                in_daemon_thread("fetch issuer keys", lambda: fetch_keys(uri)), LONGEST_FETCH_SECONDS
            )
            await asyncio.to_thread(self._write, name, uri, keys)
            succeeded = True
        except (FetchFailed, FirstclassError, TimeoutError) as problem:
            if name not in self._failing:
                self._failing.add(name)
                _say(f"keys of issuer {name!r} cannot be fetched or kept: {problem or 'too slow'}; the ones held stay")
            return
        finally:
            # Whatever went wrong: never again at once. What was fetched from an address of before says nothing.
            if self._addresses.get(name) == uri:
                self._schedule.fetched(name, time.monotonic(), succeeded=succeeded)
            else:
                self._schedule.forget(name)
        if name in self._failing:
            self._failing.discard(name)
            _say(f"keys of issuer {name!r} are fetched again")

    def _read_addresses(self) -> dict[str, str]:
        with self._store.read() as reader:
            return {i.name: i.jwks_uri for i in reader.issuers.all() if i.jwks_uri is not None}

    def _write(self, name: str, uri: str, keys: Keys) -> None:
        with self._store.read() as reader:
            held = reader.issuers.find(name)
        if held is None or held.jwks_uri != uri or list(held.keys) == keys:
            return
        with self._store.change("control", "issuer.keys") as change:
            # Read again where nobody else writes: an apply meanwhile must not be undone.
            held = change.issuers.find(name)
            if held is not None and held.jwks_uri == uri:
                told = {"kids": [key.get("kid") for key in keys]}
                change.put_issuer(replace(held, keys=tuple(keys), fetched_at=now()), told)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"control: {printable(line)}\n")
        sys.stderr.flush()
