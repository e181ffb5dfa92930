"""Control's end of the link (`bundle/LINK.md`): signed bundles and directory changes for every engine that dials."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from firstclass.model.errors import FirstclassError

MAX_FRAME_BYTES = 64 * 1024 * 1024
# How soon a feed that could not be read (a locked store) is asked again.
FEED_RETRY_SECONDS = 0.5

Frame = dict[str, Any]


class Feed(Protocol):
    """Where frames come from; `publish` implements it over the store. Called in a thread: it may block."""

    def sequence(self) -> int:
        """The newest sequence of the directory."""

    def apis(self) -> list[str]:
        """Names of the APIs that are live."""

    def bundle_frames(self, held: dict[str, int]) -> list[Frame]:
        """Signed frames that bring an engine from the bundle sequences in `held` (by API) to the newest."""

    def directory_frame(self, after: int) -> Frame | None:
        """A signed delta that follows `after`, a snapshot where none can, None where nothing is new."""


Heard = Callable[[str, Frame], Awaitable[None]]


@dataclass(eq=False)
class _Engine:
    """One connected engine and what it has been sent."""

    writer: asyncio.StreamWriter
    name: str = ""
    hello: Frame | None = None
    sequence: int = 0
    bundles: dict[str, int] = field(default_factory=dict)
    greeted: bool = False
    # What it was last owed could not be read.
    is_behind: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, hello: Frame) -> None:
        """It holds what its hello says, whatever was sent before."""
        self.sequence = int(hello["directory_sequence"])
        self.bundles = {api: int(held["sequence"]) for api, held in hello["bundles"].items()}
        self.greeted = True


class LinkServer:
    """Listens on a Unix socket; `changed()` brings every engine up to date with the feed, `beat()` tells them that they
    are."""

    def __init__(self, path: Path, feed: Feed, heard: Heard) -> None:
        """Serve `feed` at `path`; `heard(engine id, frame)` is awaited for each confirm, refused and so on."""
        self._path = path
        self._feed = feed
        self._heard = heard
        self._engines: set[_Engine] = set()
        self._server: asyncio.Server | None = None
        self._idle = asyncio.Event()

    async def start(self, listener: socket.socket | None = None) -> None:
        """Begin to listen, on `listener` if it is given; else a socket left by a process that died is replaced.

        Raises:
            OSError: the socket cannot be made.
        """
        if listener is not None:
            self._server = await asyncio.start_server(self._serve, sock=listener, limit=MAX_FRAME_BYTES)
            return
        fresh = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        self._server = await asyncio.start_unix_server(self._serve, fresh, limit=MAX_FRAME_BYTES)
        fresh.chmod(0o600)
        fresh.replace(self._path)

    async def close(self, patience_seconds: float = 0.0) -> None:
        """End every connection; engines that end by themselves are heard out, for `patience_seconds` at most."""
        if self._server is not None:
            self._server.close()
        if self._engines and patience_seconds:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), patience_seconds)
        for engine in list(self._engines):
            engine.writer.close()

    def changed(self) -> None:
        """Something in the feed is new."""
        for engine in self._engines:
            engine.news.set()

    def beat(self, sequence: int) -> None:
        """Nothing in the feed is newer than `sequence`, as far as was seen a moment ago: to be called every few
        seconds, while it can be read. An engine that is ahead of the feed hears nothing that would make its directory
        look current."""
        line = _line({"kind": "ping", "directory_sequence": sequence})
        for each in self._engines:
            if each.greeted and each.sequence <= sequence and not each.is_behind and not each.writer.is_closing():
                each.writer.write(line)

    def tell(self, engine: str, frame: Frame) -> None:
        """Send a frame to one engine, if it is there; never waits."""
        line = _line(frame)
        for each in self._engines:
            if each.name == engine and not each.writer.is_closing():
                each.writer.write(line)

    def connected(self) -> set[str]:
        """Ids of the engines that are connected."""
        return {engine.name for engine in self._engines if engine.name}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        engine = _Engine(writer)
        sender = asyncio.create_task(self._send(engine))
        self._engines.add(engine)
        try:
            while line := await reader.readline():
                frame = json.loads(line)
                await self._receive(engine, frame)
        except (ValueError, ConnectionError, KeyError, TypeError, EOFError):
            pass  # a broken frame ends the connection; the engine dials again
        finally:
            self._engines.discard(engine)
            if not self._engines:
                self._idle.set()
            sender.cancel()
            writer.close()

    async def _receive(self, engine: _Engine, frame: Frame) -> None:
        if frame["kind"] == "hello":
            engine.name = str(frame["engine"])
            engine.hello = frame
            engine.news.set()
        await self._heard(engine.name, frame)

    async def _send(self, engine: _Engine) -> None:
        """Bring the engine up to date whenever there is news."""
        try:
            while True:
                await engine.news.wait()
                # News that come while the feed is read are for the next turn.
                engine.news.clear()
                if engine.hello is not None:
                    hello, engine.hello = engine.hello, None
                    engine.begin(hello)
                # An engine that has not said hello can be told nothing yet.
                if engine.greeted:
                    engine.is_behind = not await self._turn(engine)
                    if engine.is_behind:
                        await asyncio.sleep(FEED_RETRY_SECONDS)
        except ConnectionError:
            pass
        finally:
            engine.writer.close()

    async def _turn(self, engine: _Engine) -> bool:
        """Send what is new; False where the feed cannot be read, or lies behind the engine."""
        try:
            if engine.sequence > await asyncio.to_thread(self._feed.sequence):
                engine.news.set()
                return False
            await self._catch_up(engine)
        except FirstclassError:
            engine.news.set()
            return False
        return True

    async def _catch_up(self, engine: _Engine) -> None:
        # First: what goes live meanwhile is sent, and named, at the next turn.
        apis = await asyncio.to_thread(self._feed.apis)
        frames = await asyncio.to_thread(self._feed.bundle_frames, dict(engine.bundles))
        for number, frame in enumerate(frames, 1):
            engine.bundles[frame["api"]] = frame["sequence"]
            # They become effective together: an API that is renamed is never gone, two may change places.
            await self._write(engine, frame | ({"more": True} if number < len(frames) else {}))
        while (delta := await asyncio.to_thread(self._feed.directory_frame, engine.sequence)) is not None:
            engine.sequence = delta.pop("sequence")
            await self._write(engine, delta)
        await self._write(engine, {"kind": "synced", "directory_sequence": engine.sequence, "apis": apis})

    async def _write(self, engine: _Engine, frame: Frame) -> None:
        engine.writer.write(_line(frame))
        await engine.writer.drain()


def _line(frame: Frame) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
