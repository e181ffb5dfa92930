"""What signals ask of a running gateway; taken from its first moment on, so that none ends it half started."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

TAKEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """SIGTERM and Ctrl-C ask for the end, asked twice they ask for haste; SIGHUP asks to apply the files again."""

    def __init__(self) -> None:
        """Nothing is taken before `with`."""
        self.stop = threading.Event()
        self.haste = threading.Event()
        self.again = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        """Take the signals; only the main thread can."""
        handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end, signal.SIGHUP: self._apply}
        self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set():
            self.haste.set()
        self.stop.set()

    def _apply(self, _number: int, _frame: FrameType | None) -> None:
        self.again.set()
