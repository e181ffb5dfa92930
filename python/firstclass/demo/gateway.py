"""The gateway of the demo: a directory of its own, and the documented commands, as a person would type them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from firstclass.demo.connection import Connection
from firstclass.demo.serving import ShopServer, find_free_ports
from firstclass.demo.tokens import AUDIENCE, ISSUER
from firstclass.model.errors import Exit, FirstclassError

CONTRACT, OVERLAY = "shop.openapi.yaml", "shop.overlay.yaml"
APPLICATION = "papercrane-app"
OPERATIONS = (
    "signIn",
    "listDesigns",
    "searchCustomers",
    "getCustomer",
    "changeCustomer",
    "listCards",
    "getCard",
    "createOrder",
)
PREFERRED_PORT = 8080
READY_WITHIN_SECONDS = 30
COMMAND_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 15
CONFIG = """\
version: 1
listen: {{traffic: "127.0.0.1:{traffic}", control: "127.0.0.1:{control}", status: "127.0.0.1:{status}"}}
data: data
issuers:
  - {{name: shop, issuer: "{issuer}", audience: {audience}, jwks_uri: "{upstream}/.well-known/jwks.json"}}
apis:
  - {{name: shop, contract: {contract}, overlays: [{overlay}], upstream: "{upstream}"}}
"""


def read_packaged(name: str) -> str:
    """The text of a file that comes with the demo."""
    return (files("firstclass.demo") / name).read_text(encoding="utf-8")


class Gateway:
    """Firstclass before the shop: started, given one application and a key for it, and cleaned up again.

    `overlay` replaces the text of the packaged overlay.
    """

    def __init__(self, shop: ShopServer, overlay: str | None = None) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="firstclass-demo-"))
        self.config_path = self._directory / "firstclass.yaml"
        self._log_path = self._directory / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.traffic, self.control, self.status = find_free_ports(PREFERRED_PORT, 3)
        (self._directory / CONTRACT).write_text(read_packaged(CONTRACT))
        (self._directory / OVERLAY).write_text(overlay or read_packaged(OVERLAY))
        self.config_path.write_text(
            CONFIG.format(
                traffic=self.traffic,
                control=self.control,
                status=self.status,
                issuer=ISSUER,
                audience=AUDIENCE,
                upstream=shop.gateway_url,
                contract=CONTRACT,
                overlay=OVERLAY,
            )
        )

    @property
    def url(self) -> str:
        """Where applications call."""
        return f"http://127.0.0.1:{self.traffic}"

    def start(self) -> None:
        """Start `firstclass run` and wait until it is ready.

        Raises:
            FirstclassError: it ended, or was not ready in half a minute.
        """
        with self._log_path.open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then ends the gateway in order.
            self._process = subprocess.Popen(
                self._command("run"),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_answered(self.status, "/readyz", {}):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self._failure("the gateway did not become ready", self._log_path.read_text(errors="replace"))
            time.sleep(0.02)

    def issue_key(self) -> str:
        """Register the app, subscribe it to the shop's operations, and return its new key once it works."""
        self.command("applications", "create", APPLICATION, "--owner", "team@papercrane.example", "--kind", "mobile")
        self.command("subscriptions", "create", APPLICATION, "--api", "shop", "--operations", ",".join(OPERATIONS))
        key = str(self.command("keys", "issue", APPLICATION, "--expires", "1d")["key"])
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_answered(self.traffic, "/designs", {"X-API-Key": key}):
            if time.monotonic() > deadline:
                raise self._failure("the new key does not work", self._log_path.read_text(errors="replace"))
            time.sleep(0.05)
        return key

    def explain(self, request_id: str) -> dict[str, Any]:
        """What `firstclass explain` says of a request; its record may arrive a moment after the answer."""
        deadline = time.monotonic() + 5
        while True:
            try:
                return self.command("explain", request_id)
            except FirstclassError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def command(self, *words: str) -> dict[str, Any]:
        """Run one command with `--json` and return its document.

        Raises:
            FirstclassError: the command failed.
        """
        done = subprocess.run(
            self._command(*words),
            cwd=self._directory,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_SECONDS,
            check=False,
        )
        if done.returncode:
            raise self._failure(
                f"firstclass {' '.join(words[:2])} failed with exit code {done.returncode}", done.stdout + done.stderr
            )
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def stop(self) -> None:
        """End every process of the gateway and remove its directory."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
        shutil.rmtree(self._directory, ignore_errors=True)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "firstclass", *words, "--json", "--config", str(self.config_path)]

    @staticmethod
    def _is_answered(port: int, target: str, headers: dict[str, str]) -> bool:
        connection = Connection(f"http://127.0.0.1:{port}")
        try:
            return connection.call("GET", target, headers).status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @staticmethod
    def _failure(message: str, said: str) -> FirstclassError:
        return FirstclassError(
            "demo_failed", message, hint=f"it said: {said.strip()[-1500:]}", exit_code=Exit.UNAVAILABLE
        )
