"""What signals ask of a running gateway; taken from its first moment on, so that none ends it half started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import FrameType, TracebackType

TAKEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Flag:
    """Said or not. A signal handler may set it at any moment: it has no lock, where `threading.Event` waits for ever
    for the one that the interrupted thread holds."""

    def __init__(self) -> None:
        """Not said."""
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it was said."""
        return self._is_set

    def set(self) -> None:
        """Say it."""
        self._is_set = True

    def clear(self) -> None:
        """Not said again."""
        self._is_set = False


class Wake:
    """One thread waits; others, and signal handlers, wake it (a pipe to itself)."""

    def __init__(self) -> None:
        """Nobody has woken it."""
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)

    def set(self) -> None:
        """Wake who waits, or who waits next."""
        with contextlib.suppress(BlockingIOError):  # full: it is awake as it is
            os.write(self._write, b"!")

    def wait(self, seconds: float) -> None:
        """Until somebody has woken it since the last time, and no longer than that."""
        if select.select([self._read], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._read, 65_536)

    def __del__(self) -> None:
        os.close(self._read)
        os.close(self._write)


class Signals:
    """SIGTERM and Ctrl-C ask for the end, asked twice they ask for haste; SIGHUP asks to apply the files again."""

    def __init__(self) -> None:
        """Nothing is taken before `with`."""
        self.stop = Flag()
        self.haste = Flag()
        self.again = Flag()
        # Set with each of them, and by whoever else has news for the supervisor.
        self.wake = Wake()

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
