"""Work that waits for strangers, in threads that never hold up the end of the process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(name: str, work: Callable[[], T]) -> T:
    """As `asyncio.to_thread`, but who does not answer never holds up the end of the process."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[], None]) -> None:
        if not result.done():
            set_()

    def run() -> None:
        try:
            value = work()
        except Exception as met:  # handed on to who awaits
            problem = met
            done = lambda: result.set_exception(problem)  # noqa: E731 - one of two
        else:
            done = lambda: result.set_result(value)  # noqa: E731
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, done)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await result
