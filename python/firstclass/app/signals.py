"""What signals ask of a running gateway; taken from its first moment on, so that none ends it half started."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

TAKEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """SIGTERM and Ctrl-C ask for the end, asked twice they ask for haste; SIGHUP asks to apply the files again."""

    def __init__(self) -> None:
        """Nothing is taken before `with`."""
        self.stop = threading.Event()
        self.haste = threading.Event()
        self.again = threading.Event()
        # Set with each of them, and by whoever else has news for the supervisor.
        self.wake = threading.Event()

    def __enter__(self) -> Signals:
        """Take the signals; only the main thread can."""
        handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end, signal.SIGHUP: self._apply}
        for number, handler in handlers.items():
            signal.signal(number, handler)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """The end has come: who asks for it once more is not answered by a death in the middle of it."""
        for number in TAKEN:
            signal.signal(number, signal.SIG_IGN)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set():
            self.haste.set()
        self.stop.set()
        self.wake.set()

    def _apply(self, _number: int, _frame: FrameType | None) -> None:
        self.again.set()
        self.wake.set()
