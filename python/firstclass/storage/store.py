"""The store as the rest of the control plane sees it: open, read, change, and the few facts that are no changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from firstclass.base.clock import Clock, format_time
from firstclass.base.clock import now as wall_clock
from firstclass.base.doorbell import ring
from firstclass.model.applications import TENANT
from firstclass.storage import credentials, engines, meta, outbox, sightings
from firstclass.storage.audit import ChainVerdict
from firstclass.storage.bundles import BundleHead, StoredBundle
from firstclass.storage.change import Change, check_keyring
from firstclass.storage.database import BUSY_TIMEOUT_SECONDS, Database
from firstclass.storage.engines import EngineStatus
from firstclass.storage.failures import missing
from firstclass.storage.outbox import OutboxRow
from firstclass.storage.reader import Reader
from firstclass.storage.sightings import SessionCalls, UnregisteredClient
from firstclass.storage.upgrade import bring_up_to_date

FILE = "store.db"

# An engine that control has not heard of for so long refuses replayable credentials by itself (DESIGN §2).
ENGINE_FORGOTTEN_AFTER = timedelta(hours=24)
_POLL_SECONDS = 0.05


class Store:
    """One tenant's view of the store."""

    def __init__(self, database: Database, clock: Clock = wall_clock, tenant: str = TENANT) -> None:
        self._database = database
        self._clock = clock
        self.tenant = tenant

    @classmethod
    def open(
        cls,
        data: Path,
        clock: Clock = wall_clock,
        *,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
        trace: Path | None = None,
    ) -> Store:
        """Open the store in the directory `data`; create it, or bring its tables up to date, if need be.

        `trace`: a file that shows that there was a store already; then none is begun.

        Raises:
            FirstclassError: not writable, locked, full, damaged, gone, or written by a newer version; nothing was
                changed.
        """
        path = data / FILE
        if trace is not None and (not path.exists() or path.stat().st_size == 0):
            raise missing(path, trace)
        database = Database(path, busy_timeout_seconds)
        try:
            bring_up_to_date(database, trace)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """One consistent state, however long the reading takes."""
        with self._database.reading() as connection:
            yield Reader(connection, self._clock(), self.tenant)

    @contextmanager
    def change(self, actor: str, action: str) -> Iterator[Change]:
        """A transaction: durable when the block ends, undone if it raises. One writer at a time, across processes.

        `actor` is who asked (`cli:root`, an account), `action` what for (`key.issue`): both go into the audit line.
        """
        with self._database.writing() as connection:
            change = Change(connection, self._clock(), self.tenant, actor, action)
            yield change
            change.finish()
        ring(self._database.path.parent)

    # -- what the publisher reads

    def latest_sequence(self) -> int:
        """The number of the last change; 0 before the first."""
        with self._database.reading() as connection:
            return meta.sequence(connection)

    def directory_changes(self, after_sequence: int, limit: int | None = None) -> list[OutboxRow] | None:
        """What follows `after_sequence`, in order, bundles' rows among them; None: pruned already, send a snapshot."""
        with self.read() as reader:
            latest = reader.latest_sequence()
            if after_sequence > latest:
                return None
            if after_sequence == latest:
                return []
            rows = reader.outbox.after(after_sequence, limit)
        return rows if rows and rows[0].sequence == after_sequence + 1 else None

    def directory_snapshot(self) -> tuple[int, list[dict[str, Any]]]:
        """The sequence reached, and every directory change in force, in the directory's JSON form."""
        with self.read() as reader:
            return reader.latest_sequence(), reader.directory()

    def bundle_heads(self) -> list[BundleHead]:
        """What is live, API by API, without payloads."""
        with self.read() as reader:
            return reader.bundles.heads()

    def current_bundles(self) -> list[StoredBundle]:
        """The live bundles."""
        with self.read() as reader:
            return reader.bundles.current()

    def engines(self) -> list[EngineStatus]:
        """How far each engine got."""
        with self.read() as reader:
            return reader.engines.all()

    def verify_audit_chain(self) -> ChainVerdict:
        """Follow the audit chain from its first line."""
        with self.read() as reader:
            return reader.audit.verify()

    def check_keyring(self, keyring_id: str) -> None:
        """Refuse a keyring that is not the one this store's digests belong to.

        Raises:
            FirstclassError: keyring_mismatch.
        """
        with self.read() as reader:
            check_keyring(reader.keyring_id(), keyring_id)

    # -- facts that control records as it hears them; they change nobody's rights

    def confirm_engine(self, engine: str, directory_sequence: int, bundles: dict[str, Any]) -> None:
        """An engine holds this, on its disk and in effect. Also to be called once a minute while it stays connected."""
        with self._database.writing() as connection:
            now = Reader(connection, self._clock(), self.tenant).now
            engines.write(connection, EngineStatus(engine, directory_sequence, bundles, now), self.tenant)
            # The store's clock moves on even when nothing changes, so that a clock set back is noticed.
            meta.set_value(connection, meta.LATEST_TIME, format_time(now))

    def record_uses(self, used: dict[str, datetime], in_query: dict[str, int] | None = None) -> None:
        """When credentials (by id) were last used (an older time than the known one is ignored), and how often more
        they stood in a query."""
        with self._database.writing() as connection:
            for credential, at in used.items():
                credentials.record_use(connection, credential, at)
            for credential, count in (in_query or {}).items():
                credentials.record_query_uses(connection, credential, count)

    def record_unregistered(self, seen: list[UnregisteredClient]) -> None:
        """Applications that nobody registered called; their calls are added to those that are known."""
        with self._database.writing() as connection:
            for client in seen:
                sightings.add_unregistered(connection, self.tenant, client)

    def record_session_calls(self, engine: str, counted: list[SessionCalls]) -> None:
        """What an engine counted since it started."""
        with self._database.writing() as connection:
            for calls in counted:
                sightings.set_session_calls(connection, self.tenant, engine, calls)

    def prune_outbox(self, up_to_sequence: int) -> int:
        """Forget changes that every engine has; how many went. Engines further behind get a snapshot."""
        with self._database.writing() as connection:
            return outbox.prune(connection, up_to_sequence)

    def wait_until_confirmed(self, sequence: int, timeout_seconds: float = 10.0) -> list[str]:
        """Wait until every engine that could still serve has confirmed `sequence`; the ids of those that did not."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            with self.read() as reader:
                oldest = reader.now - ENGINE_FORGOTTEN_AFTER
                behind = [e.id for e in reader.engines.all() if e.directory_sequence < sequence and e.seen_at > oldest]
            if not behind or time.monotonic() >= deadline:
                return behind
            time.sleep(_POLL_SECONDS)
