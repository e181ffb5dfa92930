"""A gateway in a directory of its own, used through its commands, its signals and its ports; and an API behind it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from firstclass.access import applications, subscriptions
from firstclass.app.applying import Applied, apply_files
from firstclass.app.opening import ROOT_SECRET, open_keyring, open_store
from firstclass.app.settings import load_settings
from firstclass.engine.cases.minting import Signer
from firstclass.identity import api_keys
from firstclass.storage import Store

# The issuer whose tokens the contract believes.
PEOPLE = Signer("people")
COMMAND = [sys.executable, "-m", "firstclass"]
CONTRACT = Path(__file__).parent / "notes.yaml"
PATIENCE_SECONDS = 30.0
T = TypeVar("T")


def wait_until(what: str, look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS) -> T:
    """The first true value of `look`; fails with `what` when `seconds` are over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return found


class Origin:
    """An API that answers every path with what `answers` holds for it, and counts calls."""

    def __init__(self) -> None:
        keys = {"keys": PEOPLE.public_keys(["ES256"])}
        self.answers: dict[str, tuple[int, bytes]] = {"/jwks.json": (200, json.dumps(keys).encode())}
        # Header fields of its answers, by path; a Content-Type in place of the usual one.
        self.fields: dict[str, dict[str, str]] = {}
        self.delay_seconds = 0.0
        self.calls = 0
        # Target and body of the last call.
        self.saw: tuple[str, bytes] | None = None
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                if path.startswith("/v1/"):
                    origin.calls += 1
                    origin.saw = (self.path, sent)
                    time.sleep(origin.delay_seconds)
                status, body = origin.answers.get(path, (200, b'{"id": 7, "text": "hello"}'))
                self.send_response(status)
                fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
                for name, value in (fields | origin.fields.get(path, {})).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_QUERY = do_COPY = _answer

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Origin:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        return self.headers["X-Request-Id"]

    @property
    def reason(self) -> str | None:
        with contextlib.suppress(ValueError):
            found = json.loads(self.body).get("reason")
            return str(found) if found else None
        return None


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


class Operated:
    """One directory, and at most one gateway over it."""

    def __init__(self, directory: Path, origin: Origin) -> None:
        self.directory = directory
        self.origin = origin
        self.config = directory / "firstclass.yaml"
        self.contract = directory / "notes.yaml"
        self.data = directory / "data"
        self.out, self.err = directory / "out.log", directory / "err.log"
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}
        self.contract.write_bytes(CONTRACT.read_bytes())
        self.settings: dict[str, Any] = {
            "version": 1,
            "listen": dict.fromkeys(("traffic", "control", "status"), "127.0.0.1:0"),
            "data": "data",
            "workers": 1,
            "issuers": [
                {
                    "name": "people",
                    "issuer": "https://people.example",
                    "audience": "notes",
                    "jwks_uri": f"{origin.url}/jwks.json",
                }
            ],
            "apis": [{"name": "notes", "contract": "notes.yaml", "upstream": origin.url}],
        }
        self.write_config()

    @classmethod
    def over(cls, directory: Path, origin: Origin) -> Operated:
        """A directory that has its files already."""
        contract, config = (directory / "notes.yaml").read_bytes(), (directory / "firstclass.yaml").read_bytes()
        site = cls(directory, origin)
        site.contract.write_bytes(contract)
        site.config.write_bytes(config)
        return site

    # -- files

    def write_config(self, **changes: Any) -> None:
        self.settings |= changes
        self.config.write_text(json.dumps(self.settings, indent=1))

    def replace_config(self, settings: dict[str, Any]) -> None:
        self.settings = {}
        self.write_config(**settings)

    def edit_contract(self, old: str, new: str) -> None:
        text = self.contract.read_text()
        assert old in text
        self.contract.write_text(text.replace(old, new))

    # -- commands

    def surroundings(self) -> dict[str, str]:
        """The environment that commands and the gateway get."""
        return {**os.environ, **self.environment}  # noqa: TID251 - handed on, not read

    def command(self, *arguments: str) -> list[str]:
        """A command line."""
        return [*COMMAND, *arguments]

    def cli(self, *arguments: str, timeout: float = 30) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.directory,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        done = self.cli(*arguments, "--json")
        assert done.code == 0, done
        return done.json

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """The store, as the commands open it; quicker than a command for what a test only needs to be there."""
        store = open_store(self.data)
        try:
            yield store
        finally:
            store.close()

    def key_for(self, application: str, *operations: str) -> str:
        """A new application, subscribed to `operations`, and a key of it."""
        with self.store() as store:
            applications.create(store, name=application, owner="owner@example.com", actor="test")
            if operations:
                subscriptions.create(
                    store, application=application, api="notes", operations=list(operations), actor="test"
                )
            keyring = open_keyring(self.data, self.environment.get(ROOT_SECRET))
            issued = api_keys.issue(store, keyring, application, timedelta(days=1), actor="test")
            return issued.key.reveal_text()

    def apply(self, *, dry_run: bool = False) -> Applied:
        """As the command does, without a process of its own."""
        return apply_files(load_settings(self.config), dry_run=dry_run)

    # -- the gateway

    def launch(self, command: str = "run", *arguments: str, as_json: bool = True) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own; does not wait."""
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                [*COMMAND, command, *(["--json"] if as_json else []), *arguments],
                cwd=self.directory,
                env=self.surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return self.process

    def start(self, command: str = "run", *arguments: str) -> dict[str, Any]:
        """Start it and wait for the line that says it is ready."""
        before = self.out.stat().st_size if self.out.exists() else 0
        process = self.launch(command, *arguments)

        def line() -> str:
            assert process.poll() is None, self.log()
            return self.out.read_text()[before:]

        self.ready = json.loads(wait_until(f"a ready line; {self.err}", line))
        return self.ready

    def log(self) -> str:
        """What it said so far."""
        return self.err.read_text() if self.err.exists() else ""

    def forget_log(self) -> None:
        """From here on, only what is said later counts."""
        self.err.write_bytes(b"")

    def said(self, words: str, seconds: float = 10.0) -> str:
        """The log, once `words` are in it."""
        wait_until(f"{words!r} in the log:\n{self.log()[-3000:]}", lambda: words in self.log(), seconds)
        return self.log()

    def stop(self, number: int = signal.SIGTERM, seconds: float = 15) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        self.process = None
        assert "Traceback" not in self.log(), self.log()
        return code

    def kill(self) -> None:
        """Everything of it, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def group(self) -> dict[str, int]:
        """Process ids of the gateway's group, by role."""
        assert self.process is not None
        return {role: pid for pid, role in processes_of_group(self.process.pid)}

    # -- its ports

    def call(self, method: str, path: str, key: str | None = None, body: Any = None, **headers: str) -> Answer:
        """One request on the traffic port; words in header names are joined by `_`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["X-API-Key"] = key
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return ask(self.ready["traffic"], method, path, sent, None if body is None else json.dumps(body).encode())

    def raw(self, data: bytes) -> bytes:
        """Bytes as they are to the traffic port, and all that comes back."""
        host, _, port = self.ready["traffic"].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def status(self, path: str) -> Answer:
        return ask(self.ready["status"], "GET", path, {}, None)

    def call_under_way(self, pool: Executor, key: str) -> Future[Answer]:
        """A call that has reached the API, which takes its time."""
        before = self.origin.calls
        call = pool.submit(self.call, "GET", "/v1/notes/7", key)
        wait_until("the call at the API", lambda: self.origin.calls > before)
        return call

    def until_status(self, status: int, path: str, key: str | None = None, seconds: float = 10) -> Answer:
        """Ask again and again until the answer has this status."""

        def look() -> Answer | None:
            answer = self.call("GET", path, key)
            return answer if answer.status == status else None

        return wait_until(f"{status} for {path}", look, seconds)


def ask(address: str, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
    """One request on a fresh connection."""
    connection = http.client.HTTPConnection(address, timeout=15)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def processes_of_group(group: int) -> Iterator[tuple[int, str]]:
    """Living processes of a group: id, and which of the gateway's three they are."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            role = (
                "engine" if "firstclass.engine" in command else "control" if "app.control" in command else "supervisor"
            )
            yield int(entry.name), role
