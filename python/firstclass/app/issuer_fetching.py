"""Keep issuers' public keys fresh: a task of the control process that fetches in a thread and writes what changed."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace

from firstclass.base.clock import now
from firstclass.model.errors import FirstclassError
from firstclass.publish.issuer_keys import FetchFailed, FetchSchedule, fetch_keys
from firstclass.storage import Store

TURN_SECONDS = 0.2


class IssuerFetching:
    """Fetches each issuer's keys when the schedule says so."""

    def __init__(self, store: Store) -> None:
        """Over the issuers in `store`."""
        self._store = store
        self._schedule = FetchSchedule()
        self._addresses: dict[str, str] = {}
        self._failing: set[str] = set()

    def wanted(self, name: str) -> None:
        """An engine met a token with an unknown key of this issuer."""
        if name in self._addresses:
            self._schedule.wanted(name, time.monotonic())

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                await self._turn()
            except FirstclassError as error:  # the store is locked or full now; the next turn tries again
                _say(error.message)
            await asyncio.sleep(TURN_SECONDS)

    async def _turn(self) -> None:
        with self._store.read() as reader:
            addresses = {issuer.name: issuer.jwks_uri for issuer in reader.issuers.all()}
        for name, uri in addresses.items():
            if self._addresses.get(name, uri) != uri:
                self._schedule.forget(name)
        self._addresses = addresses
        due = self._schedule.due(list(addresses), time.monotonic())
        await asyncio.gather(*(self._fetch(name, addresses[name]) for name in due))

    async def _fetch(self, name: str, uri: str) -> None:
        try:
            keys = await asyncio.to_thread(fetch_keys, uri)
        except FetchFailed as problem:
            self._schedule.fetched(name, time.monotonic(), succeeded=False)
            if name not in self._failing:
                self._failing.add(name)
                _say(f"keys of issuer {name!r} cannot be fetched: {problem}; the ones held stay")
            return
        self._failing.discard(name)
        self._schedule.fetched(name, time.monotonic(), succeeded=True)
        with self._store.read() as reader:
            held = reader.issuers.find(name)
        if held is None or held.jwks_uri != uri or list(held.keys) == keys:
            return
        with self._store.change("control", "issuer.keys") as change:
            change.put_issuer(replace(held, keys=tuple(keys), fetched_at=now()), {"kids": [k.get("kid") for k in keys]})


def _say(line: str) -> None:
    sys.stderr.write(f"control: {line}\n")
    sys.stderr.flush()
