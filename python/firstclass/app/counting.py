"""Counters from the link to the disk, within a second; and step backs to the store. Neither ever holds up the link."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from firstclass.app.trouble import Trouble, keep_flushing
from firstclass.engine.link import Frame
from firstclass.model.errors import FirstclassError
from firstclass.publish.modes import step_back
from firstclass.storage import Store
from firstclass.storage.counts import CONTRACT_LENGTH, Counts, Report

RETRY_SECONDS = 1.0
PRUNE_SECONDS = 3600.0


class Counting:
    """What engines have counted and not written yet, by run; the newest sum of a kind replaces the one before."""

    def __init__(self, data: Path, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets sentences for people."""
        self._data = data
        self._store = store
        self._say = say
        self._counts: Counts | None = None
        self._runs: dict[str, str] = {}
        self._contracts: dict[str, str] = {}
        self._waiting: dict[str, dict[str, Report]] = {}
        self._back: set[tuple[str, str, str]] = set()
        self._news = asyncio.Event()
        self._pruned = time.monotonic()
        self._disk = Trouble(say, "calls are counted again")
        self._steps = Trouble(say, "step backs are kept again")

    def heard(self, engine: str, frame: Frame) -> None:
        """Take a frame of an engine; never waits."""
        match frame["kind"]:
            case "hello" | "confirm":
                self._runs[engine] = str(frame.get("run") or self._runs.get(engine) or engine)
                self._contracts |= {api: str(held["hash"])[:CONTRACT_LENGTH] for api, held in frame["bundles"].items()}
            case "counters":
                rows = (row | {"contract": self._contracts.get(row.get("api"))} for row in frame["counters"])
                self._take(engine, [Report.of("calls", row) for row in rows])
            case "observed":
                self._take(engine, [Report.of("places", row) for row in frame["observed"]])
            case "stepped_back":
                self._back |= {(engine, str(each["api"]), str(each["operation"])) for each in frame["operations"]}
                self._news.set()

    def _take(self, engine: str, reports: list[Report]) -> None:
        waiting = self._waiting.setdefault(self._runs.get(engine, engine), {})
        waiting |= {report.key: report for report in reports}
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        await keep_flushing(self._news, self.flush, RETRY_SECONDS)

    async def flush(self) -> bool:
        """Write what waits; whether all of it could be written."""
        return all([await self._flush_counts(), await self._flush_step_backs()])

    async def _flush_counts(self) -> bool:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return True
        try:
            await asyncio.to_thread(self._write, waiting)
        except FirstclassError as error:
            for run, reports in waiting.items():
                self._waiting[run] = reports | self._waiting.get(run, {})
            self._news.set()
            self._disk.met(f"calls cannot be counted: {error.message}; they go on, and are counted later")
            return False
        self._disk.over()
        return True

    def _write(self, waiting: dict[str, dict[str, Report]]) -> None:
        if self._counts is None:
            self._counts = Counts.open(self._data)
        now = datetime.now(UTC)
        for run, reports in waiting.items():
            self._counts.record(run, reports.values(), now)
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            self._counts.prune(now)

    async def _flush_step_backs(self) -> bool:
        back, self._back = self._back, set()
        for engine, api, operation in sorted(back):
            try:
                is_new = await asyncio.to_thread(step_back, self._store, api, operation, actor=f"engine:{engine}")
            except FirstclassError as error:
                self._steps.met(f"the step back of {api} {operation} cannot be kept: {error.message}")
                return False  # the engine says it again
            self._steps.over()
            if is_new:
                self._say(
                    f"{api} {operation}: conformance stepped back to observe: more than 1 % of its answers broke the"
                    f" contract within a minute; mend it, then firstclass enforce {api} --operation {operation}"
                )
        return True

    def close(self) -> None:
        """Give the file back."""
        if self._counts is not None:
            self._counts.close()
