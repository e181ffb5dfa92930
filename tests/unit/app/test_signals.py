"""Signals that come at the worst moment."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from firstclass.app.signals import Wake

# A handler wakes the very thread that it interrupts, thousands of times: with a lock in between it would hang.
STORM = """
import signal, time
from firstclass.app.signals import Wake
wake = Wake()
signal.signal(signal.SIGALRM, lambda *_: wake.set())
signal.setitimer(signal.ITIMER_REAL, 5e-4, 5e-4)
end = time.monotonic() + 1
while time.monotonic() < end:
    wake.wait(5e-5)
signal.setitimer(signal.ITIMER_REAL, 0)
print("awake")
"""


def test_a_signal_in_the_middle_of_waiting_does_not_hang_it() -> None:
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("awake\n", 0), done.stderr


def test_it_wakes_for_another_thread_and_for_what_was_said_before() -> None:
    wake = Wake()
    wake.set()
    wake.set()
    began = time.monotonic()
    wake.wait(30)
    threading.Timer(0.05, wake.set).start()
    wake.wait(30)
    assert time.monotonic() - began < 15
    wake.wait(0.01)  # nobody did: only the time ends it


def test_more_wakings_than_a_pipe_holds_are_one() -> None:
    wake = Wake()
    for _ in range(100_000):
        wake.set()
    for _ in range(3):
        wake.wait(0)
    began = time.monotonic()
    wake.wait(0.05)
    assert time.monotonic() - began >= 0.04
