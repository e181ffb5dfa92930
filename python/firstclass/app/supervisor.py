"""`run` and `dev`: a small supervisor over two processes, engine and control, each restarted alone."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from firstclass.app.children import Child
from firstclass.app.listening import address_of, open_listeners
from firstclass.app.opening import CONTROL_SOCKET, ENGINE_DIRECTORY, open_keyring
from firstclass.app.settings import LoadedSettings
from firstclass.app.watching import Watch
from firstclass.engine.process import EngineConfiguration, start_engine
from firstclass.model.errors import FirstclassError

DRAIN_SECONDS = 12.0
READY_SECONDS = 30.0
TURN_SECONDS = 0.05

Say = Callable[[str], None]


class Supervisor:
    """Holds the listening sockets and keeps engine and control alive until it is told to stop."""

    def __init__(self, loaded: LoadedSettings, say: Say) -> None:
        """Open the ports; `say` gets sentences for people.

        Raises:
            FirstclassError: a port cannot be had, or the data directory cannot be used.
        """
        self._loaded = loaded
        self._say = say
        self._listeners = open_listeners(loaded.settings.listen)
        self._stop = threading.Event()
        self._reapply = threading.Event()
        keyring = open_keyring(loaded.data)
        self._configuration = EngineConfiguration(
            data=loaded.data / ENGINE_DIRECTORY,
            link=loaded.data / CONTROL_SOCKET,
            listeners=self._listeners,
            workers=loaded.settings.workers or os.cpu_count() or 1,
            verify_keys=keyring.verify_keys,
            peppers=keyring.peppers,
            mask_key=keyring.mask_key,
            public_url=loaded.settings.public_url or f"http://{address_of(self._listeners['traffic'][0])}",
            ready_max_directory_age_seconds=loaded.ready_max_directory_age_seconds,
        )
        self._engine = Child("engine", self._start_engine)
        self._control = Child("control", self._start_control)

    def listening(self, name: str) -> str:
        """HOST:PORT of the listener `traffic`, `control` or `status`."""
        return address_of(self._listeners[name][0])

    @property
    def public_url(self) -> str:
        """What callers see."""
        return self._configuration.public_url

    def run(
        self, ready: Callable[[dict[str, Any]], None], reapply: Callable[[], None], watch: Watch | None = None
    ) -> None:
        """Keep both processes until SIGTERM or SIGINT.

        `ready` is called once, `reapply` on each SIGHUP and whenever a file of `watch` changed.
        """
        handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end, signal.SIGHUP: self._again}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            self._turn(ready, reapply, watch)
        finally:
            self._engine.stop(DRAIN_SECONDS)
            self._control.stop(DRAIN_SECONDS)
            self.close()
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Give the ports back."""
        for sockets in self._listeners.values():
            for each in sockets:
                each.close()

    def _turn(self, ready: Callable[[dict[str, Any]], None], reapply: Callable[[], None], watch: Watch | None) -> None:
        told_ready, began = False, time.monotonic()
        while not self._stop.is_set():
            for child in (self._control, self._engine):
                if told := child.keep():
                    self._say(told)
            if not told_ready and (state := self._readiness()) is not None:
                told_ready = True
                ready(state)
            elif not told_ready and time.monotonic() - began > READY_SECONDS:
                began = time.monotonic()
                self._say("not ready yet; the lines above say why")
            if self._reapply.is_set() or (told_ready and watch is not None and watch.changed()):
                self._reapply.clear()
                self._apply_again(reapply)
            self._stop.wait(TURN_SECONDS if told_ready else 0.02)

    def _apply_again(self, reapply: Callable[[], None]) -> None:
        try:
            reapply()
        except FirstclassError as error:
            self._say(f"nothing was applied: {error.message}")

    def _readiness(self) -> dict[str, Any] | None:
        try:
            with urlopen(f"http://{self.listening('status')}/readyz", timeout=1) as answer:
                state: dict[str, Any] = json.load(answer)
                return state
        except (URLError, OSError, ValueError):
            return None

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _again(self, _number: int, _frame: FrameType | None) -> None:
        self._reapply.set()

    def _start_engine(self) -> subprocess.Popen[bytes]:
        process = start_engine(self._configuration)
        threading.Thread(target=_drain, args=(process,), daemon=True).start()
        return process

    def _start_control(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "firstclass.app.control", str(self._loaded.data)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _drain(process: subprocess.Popen[bytes]) -> None:
    """Read the engine's standard output to its end: the pipe must stay open and never fill up."""
    assert process.stdout is not None
    with process.stdout as pipe:
        while pipe.read(4096):
            pass


def free_port(host: str, wanted: int, tries: int = 100) -> int:
    """`wanted`, or the next port on `host` that nobody listens on.

    Raises:
        FirstclassError: none of `tries` ports is free.
    """
    for port in range(wanted, wanted + tries):
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise FirstclassError("listen_failed", f"no free port on {host} from {wanted} on", hint="end another process")
