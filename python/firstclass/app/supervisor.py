"""`run` and `dev`: a small supervisor over two processes, engine and control, each restarted alone."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from firstclass.app.children import Child
from firstclass.app.control_start import (
    ControlConfiguration,
    open_link,
    signals_kept_from_children,
    start_control,
    turn_within,
)
from firstclass.app.engine_log import in_words
from firstclass.app.listening import address_of, open_listeners
from firstclass.app.occupation import occupy, refuse_where_occupied
from firstclass.app.opening import (
    CONTROL_SOCKET,
    ENGINE_DIRECTORY,
    EVENTS_DIRECTORY,
    check_data_directory,
    environment_of_children,
    open_keyring,
    open_store,
    root_secret,
)
from firstclass.app.settings import LoadedSettings
from firstclass.app.signals import Signals, Wake
from firstclass.base.files import is_full
from firstclass.engine.process import EngineConfiguration, start_engine
from firstclass.model.errors import Exit, FirstclassError, disk_full

DRAIN_SECONDS = 12.0
# The engine starts when control answers, or when it should have: what is on the engine's disk is enough to begin with.
CONTROL_SECONDS = 2.0
# How long the engine may serve older bundles than the ones just applied before that is called ready all the same.
CATCH_UP_SECONDS = 3.0
READY_SECONDS = 30.0
# Signals and the end of a child wake the supervisor at once.
TURN_SECONDS = 10.0
# Until it is ready, and while a child waits to be started again.
BUSY_TURN_SECONDS = 0.01
DOWN_TURN_SECONDS = 0.1

Say = Callable[[str], None]


class Supervisor:
    """Holds the listening sockets and keeps engine and control alive until it is told to stop."""

    def __init__(self, loaded: LoadedSettings, say: Say, *, plain: bool = False) -> None:
        """Open the ports and occupy the data directory; `say` gets sentences for people, those of the engine's log
        too where `plain` says so.

        Raises:
            FirstclassError: a port cannot be had, or the data directory cannot be used.
        """
        self._loaded = loaded
        self._say = say
        self._plain = plain
        self._held = contextlib.ExitStack()
        try:
            self._listeners = open_listeners(loaded.settings.listen)
        except FirstclassError:
            refuse_where_occupied(loaded.data)  # whose the port is, then
            raise
        for listener in (each for sockets in self._listeners.values() for each in sockets):
            self._held.callback(listener.close)
        try:
            check_data_directory(loaded.data)
            self._lock = occupy(loaded.data)
            self._held.callback(os.close, self._lock)
            self._root_secret = root_secret()
            self._configuration = self._configure()
            self._link = self._open_link()
        except BaseException:
            self._held.close()
            raise
        self._engine = Child("engine", self._start_engine)
        self._control = Child("control", self._start_control)
        self._waiting_control: subprocess.Popen[bytes] | None = None
        self._control_answers = threading.Event()
        self._wake = Wake()
        self._live: Callable[[], dict[str, str]] = dict
        # APIs without a bundle, as the engine last said.
        self._missing: list[str] = []

    def __enter__(self) -> Supervisor:
        """Let a control process load its modules while the files are read."""
        with contextlib.suppress(OSError):  # said when it is needed
            self._waiting_control = self._spawn_control()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End both processes at once if they run still, and give the ports back."""
        for child in (self._engine, self._control, Child("control", self._start_control, self._waiting_control)):
            child.stop(0)
        self._held.close()

    def listening(self, name: str) -> str:
        """HOST:PORT of the listener `traffic`, `control` or `status`."""
        return address_of(self._listeners[name][0])

    def check_keyring(self) -> None:
        """Hold the keyring against the store, before an engine takes the one and control refuses the other.

        Raises:
            FirstclassError: they do not belong together, or the store cannot be read.
        """
        store = open_store(self._loaded.data)
        try:
            store.check_keyring(self._keyring_id)
        finally:
            store.close()

    def run(
        self,
        signals: Signals,
        turn: Callable[[], float | None],
        live: Callable[[], dict[str, str]],
        ready: Callable[[dict[str, Any]], None],
    ) -> None:
        """Keep both processes until `signals` say stop, then drain.

        `turn` is called again and again, and says after how many seconds it wants to be (None: whenever there is
        news); `live`: hashes of the bundles that were applied; `ready` is called once.
        """
        self._wake, self._live = signals.wake, live
        began, told_ready, told_slow = time.monotonic(), False, False
        self._keep(self._control)
        while not signals.stop.is_set():
            self._keep(self._control)
            if self._control_answers.is_set() or time.monotonic() - began > CONTROL_SECONDS:
                self._keep(self._engine)
                waited = time.monotonic() - began
                if not told_ready and (state := self._readiness(live(), waited)) is not None:
                    told_ready = True
                    ready(state)
                elif not told_ready and not told_slow and (why := self._why_unready(waited)):
                    told_slow = True
                    self._say(why)
            wanted = turn()
            self._wake.wait(self._pause(TURN_SECONDS if wanted is None else wanted, is_ready=told_ready))
        # The engine first: control hears the sums of its last calls.
        self._engine.stop(DRAIN_SECONDS, signals.haste)
        self._control.stop(DRAIN_SECONDS, signals.haste)

    def _pause(self, seconds: float, *, is_ready: bool) -> float:
        if not is_ready:
            return BUSY_TURN_SECONDS
        is_down = any(child.process is None for child in (self._engine, self._control))
        return DOWN_TURN_SECONDS if is_down else seconds

    def _keep(self, child: Child) -> None:
        if told := child.keep():
            self._say(told)

    def _readiness(self, live: dict[str, str], waited: float) -> dict[str, Any] | None:
        """The state of the engine once it is ready with the bundles that were applied."""
        try:
            with _direct.open(f"http://{self.listening('status')}/readyz", timeout=1) as answer:
                state: dict[str, Any] = json.load(answer)
        except HTTPError as refusal:
            with refusal, contextlib.suppress(OSError, ValueError):
                self._missing = json.load(refusal).get("missing", [])
            return None
        except (URLError, OSError, ValueError):
            return None
        behind = [name for name, hash_ in live.items() if state.get("bundles", {}).get(name) != hash_]
        if behind and waited < CATCH_UP_SECONDS:
            return None
        if behind:
            self._say(f"not what the files say yet: {', '.join(sorted(behind))}; the engine serves what it has")
        return state

    def _why_unready(self, waited: float) -> str | None:
        """What keeps it from being ready, once it has had its time."""
        if self._missing and waited > CATCH_UP_SECONDS:
            names = ", ".join(self._missing)
            return f"not ready (503): the engine has no bundle of {names}, and control cannot send it; see above why"
        return "not ready yet; the lines above say why" if waited > READY_SECONDS else None

    def _configure(self) -> EngineConfiguration:
        loaded = self._loaded
        keyring = open_keyring(loaded.data, self._root_secret)
        self._keyring_id = keyring.id
        return EngineConfiguration(
            data=loaded.data / ENGINE_DIRECTORY,
            events=loaded.data / EVENTS_DIRECTORY,
            link=loaded.data / CONTROL_SOCKET,
            listeners=self._listeners,
            workers=loaded.settings.workers or os.cpu_count() or 1,
            verify_keys=keyring.verify_keys,
            peppers=keyring.peppers,
            mask_key=keyring.mask_key,
            public_url=loaded.settings.public_url or f"http://{address_of(self._listeners['traffic'][0])}",
            tells_public_url=loaded.settings.public_url is not None,
            apis=tuple(entry.name for entry in loaded.settings.apis),
            ready_max_directory_age_seconds=loaded.ready_max_directory_age_seconds,
        )

    def _open_link(self) -> socket.socket:
        path = self._loaded.data / CONTROL_SOCKET
        try:
            link = open_link(path)
        except OSError as problem:
            if is_full(problem):
                raise disk_full(f"the socket {path}") from None
            message = f"the socket {path} cannot be made: {problem.strerror or problem}"
            hint = "check the owner and rights of the data directory"
            raise FirstclassError("data_unusable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
        self._held.callback(link.close)
        return link

    def _start_engine(self) -> subprocess.Popen[bytes]:
        with signals_kept_from_children():
            process = start_engine(
                # What was applied last, where anything was: the configuration may have changed since we read it.
                replace(self._configuration, apis=tuple(self._live()) or self._configuration.apis),
                keep_open=(self._lock,),
                environment=environment_of_children(),
                log=subprocess.PIPE if self._plain else None,
            )
        if process.stderr is not None:
            threading.Thread(target=_retell, args=(process.stderr, self._say), daemon=True).start()
        threading.Thread(target=_drain, args=(process, None, self._wake), daemon=True).start()
        return process

    def _spawn_control(self) -> subprocess.Popen[bytes]:
        with signals_kept_from_children():
            return start_control(self._link, environment_of_children())

    def _start_control(self) -> subprocess.Popen[bytes]:
        waiting, self._waiting_control = self._waiting_control, None
        process = waiting if waiting is not None and waiting.poll() is None else self._spawn_control()
        turn_seconds = turn_within(self._loaded.ready_max_directory_age_seconds)
        ControlConfiguration(self._loaded.data, self._link.fileno(), self._root_secret, turn_seconds).tell(process)
        threading.Thread(target=_drain, args=(process, self._control_answers, self._wake), daemon=True).start()
        return process


# The status port is on this machine: never through a proxy that the environment names.
_direct = build_opener(ProxyHandler({}))


def _retell(log: IO[bytes], say: Say) -> None:
    """The engine's log in sentences, to its end."""
    with log:
        for line in log:
            say(in_words(line.decode(errors="replace")))


def _drain(process: subprocess.Popen[bytes], heard: threading.Event | None, ended: Wake) -> None:
    """Read a child's standard output to its end: the pipe must stay open and never fill up. Then it has ended."""
    assert process.stdout is not None
    with process.stdout as pipe:
        while pipe.readline(4096):
            if heard is not None:
                heard.set()
    process.wait()
    ended.set()
