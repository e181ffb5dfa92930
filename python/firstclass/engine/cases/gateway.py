"""An engine under test: a real engine process, with this process in control's place at the other end of its link."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firstclass.engine.cases.directory import PEPPER, PEPPER_ID
from firstclass.engine.cases.minting import base64url, derived
from firstclass.engine.cases.model import CaseError
from firstclass.engine.link import Frame, LinkServer
from firstclass.engine.process import EngineConfiguration

SIGNING_KEY_ID = "cases"
START_SECONDS = 15.0
CONFIRM_SECONDS = 10.0


@dataclass
class _Feed:
    """Bundles and one directory snapshot, signed with the test key; what `LinkServer` sends."""

    bundles: dict[str, Frame] = field(default_factory=dict)
    directory: Frame | None = None
    reached: int = 0
    key: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(derived("bundles")))

    def sequence(self) -> int:
        return self.reached

    def apis(self) -> list[str]:
        return list(self.bundles)

    def bundle_frames(self, held: dict[str, int]) -> list[Frame]:
        return [f for api, f in self.bundles.items() if f["sequence"] > held.get(api, 0)]

    def directory_frame(self, after: int) -> Frame | None:
        if self.directory is None or after == self.reached:
            return None
        return {**self.directory, "sequence": self.reached}

    def put_bundle(self, api: str, sequence: int, payload: str) -> None:
        signature = self._sign(f"firstclass bundle\n{api}\n{sequence}\n{payload}")
        frame = {"kind": "bundle", "api": api, "sequence": sequence, "payload": payload, "signature": signature}
        self.bundles[api] = frame

    def put_directory(self, changes: list[dict[str, Any]]) -> None:
        self.reached += 1
        value = {"format": 1, "snapshot": True, "from": 0, "to": self.reached, "changes": changes}
        payload = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        signature = self._sign(f"firstclass directory\n{payload}")
        self.directory = {"kind": "directory", "payload": payload, "signature": signature}

    def _sign(self, text: str) -> dict[str, str]:
        return {"key": SIGNING_KEY_ID, "value": base64url(self.key.sign(text.encode()))}


class EngineUnderTest:
    """Started by `with`; `load` returns once the engine has confirmed that everything is in effect."""

    def __init__(
        self, *, limits: dict[str, int] | None = None, workers: int = 1, public_url: str | None = None
    ) -> None:
        """Nothing runs before `with`."""
        self._public_url = public_url
        self._limits = limits or {}
        self._workers = workers
        self._feed = _Feed()
        self._condition = threading.Condition()
        self._confirmed: dict[str, int] = {}
        self._reached = -1
        self._refused: list[str] = []
        self._frames: list[Frame] = []
        self._sequence = 0

    def __enter__(self) -> EngineUnderTest:
        """Start the link and the engine process."""
        self.directory = Path(tempfile.mkdtemp(prefix="firstclass-cases-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._link = LinkServer(self.directory / "control.sock", self._feed, self._heard)
        asyncio.run_coroutine_threadsafe(self._link.start(), self._loop).result(5)
        self._listeners = {name: _listen() for name in ("traffic", "status", "control")}
        self.port: int = self._listeners["traffic"].getsockname()[1]
        self.status_port: int = self._listeners["status"].getsockname()[1]
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, the link and the data."""
        self.stop()
        asyncio.run_coroutine_threadsafe(self._link.close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        for listener in self._listeners.values():
            listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def load(self, bundles: dict[str, str], changes: list[dict[str, Any]]) -> None:
        """Put these bundles (payload by API) and this directory into effect.

        Raises:
            CaseError: the engine refused them, ended, or did not confirm in time.
        """
        for api, payload in bundles.items():
            self._sequence += 1
            self._feed.put_bundle(api, self._sequence, payload)
        self._feed.put_directory(changes)
        wanted = {api: frame["sequence"] for api, frame in self._feed.bundles.items()}
        self._refused.clear()
        self._loop.call_soon_threadsafe(self._link.changed)
        self._wait(
            lambda: self._reached == self._feed.reached and wanted.items() <= self._confirmed.items(),
            "the engine did not confirm what it was sent",
        )

    def events(self, wanted: set[str], seconds: float = 3.0) -> dict[str, Frame]:
        """Events by request id, as soon as those of `wanted` are there or time is up."""
        deadline = time.monotonic() + seconds
        while True:
            # Before the look, which takes long where a flood went before: the last one begins when time is up.
            is_last = time.monotonic() > deadline
            found = {str(event.get("request_id")): event for event in map(json.loads, self.event_lines())}
            if wanted <= set(found) or is_last:
                return found
            time.sleep(0.02)

    def event_lines(self) -> list[bytes]:
        """The event log as it is on the disk, whole lines; within each lane in the order in which they came."""
        lines: list[bytes] = []
        for segment in sorted((self.directory / "events").glob("*.jsonl"), key=lambda segment: segment.name.split(".")):
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile, as the oldest
                lines += segment.read_bytes().splitlines(keepends=True)
        return [line for line in lines if line.endswith(b"\n")]

    def frames(self, kind: str) -> list[Frame]:
        """Frames of one kind that the engine has sent so far."""
        with self._condition:
            return [frame for frame in self._frames if frame["kind"] == kind]

    def log(self) -> str:
        """What the engine wrote to its standard error."""
        return (self.directory / "engine.log").read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """The engine's process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for who does not hear."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _start(self) -> None:
        configuration = EngineConfiguration(
            data=self.directory / "engine",
            events=self.directory / "events",
            link=self.directory / "control.sock",
            listeners={name: [listener] for name, listener in self._listeners.items()},
            workers=self._workers,
            verify_keys={SIGNING_KEY_ID: base64url(self._feed.key.public_key().public_bytes_raw())},
            peppers={PEPPER_ID: base64url(PEPPER)},
            mask_key=base64url(derived("mask")),
            public_url=self._public_url or f"http://127.0.0.1:{self.port}",
            tells_public_url=self._public_url is not None,
            limits=self._limits,
        )
        (self.directory / "engine").mkdir(mode=0o700)
        with (self.directory / "engine.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "firstclass.engine.main"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[listener.fileno() for listener in self._listeners.values()],
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._process.stdin as pipe:
            pipe.write(json.dumps(configuration.as_json()).encode())
        if not self._process.stdout.readline():
            raise CaseError(f"the engine did not start: {self.log()[-2000:]}")
        os.set_blocking(self._process.stdout.fileno(), False)

    async def _heard(self, _engine: str, frame: Frame) -> None:
        with self._condition:
            self._frames.append(frame)
            match frame["kind"]:
                case "confirm" | "hello":
                    self._reached = int(frame["directory_sequence"])
                    self._confirmed = {api: int(held["sequence"]) for api, held in frame["bundles"].items()}
                case "refused":
                    self._refused.append(f"{frame.get('what')} {frame.get('api') or ''}: {frame.get('problem')}")
            self._condition.notify_all()

    def _wait(self, held: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + CONFIRM_SECONDS
        with self._condition:
            while not held():
                if self._refused:
                    raise CaseError(f"the engine refused a {self._refused[0]}")
                if not self.running:
                    raise CaseError(f"the engine ended: {self.log()[-2000:]}")
                if time.monotonic() > deadline:
                    raise CaseError(f"{otherwise}: {self.log()[-2000:]}")
                self._condition.wait(0.1)


def _listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    return listener
