"""Writes to a store until it is killed, and acknowledges each change once it is committed.

Run by `test_store_kill_points`. A line `DATA ACKNOWLEDGEMENTS SEED` on standard input forks a writer (the
imports are paid once), whose process id is printed; when it has ended, so is the word `ended`.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - paid before the fork
import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

from firstclass.access import applications, subscriptions
from firstclass.identity import api_keys
from firstclass.identity.keyring import Keyring
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store

APPLICATIONS = tuple(f"app-{number}" for number in range(6))
OPERATIONS = ("listMembers", "getMember", "deleteMember")
Acknowledge = Callable[[dict[str, Any]], None]


class Writer:
    """One process's hand on the store."""

    def __init__(self, data: Path, seed: int, acknowledge: Acknowledge) -> None:
        self.store = Store.open(data)
        self.keyring = Keyring.open(data)
        self.random = random.Random(seed)
        self.acknowledge = acknowledge

    def prepare(self) -> None:
        """The API and the applications, where they are missing."""
        document = json.dumps({"operations": [{"id": name} for name in OPERATIONS], "categories": []})
        hashed = hashlib.sha256(document.encode()).hexdigest()
        if not self.store.bundle_heads():
            with self.store.change("writer", "apply") as change:
                change.put_bundle(api="library", hash=hashed, payload=document, source_map="{}", title="", version="")
            self.acknowledge({"op": "apply", "sequence": change.sequence})
        for name in {*APPLICATIONS} - {found.name for found in applications.list_all(self.store)}:
            try:
                applications.create(self.store, name=name, owner="a@example.com", actor="writer")
            except FirstclassError as error:
                if error.code != "name_taken":  # by another writer, meanwhile
                    raise
            self.acknowledge({"op": "application", "id": name})

    def write_for_ever(self) -> None:
        """Random changes; one that is refused (too many keys) is not acknowledged."""
        steps = (self.issue, self.issue, self.rotate, self.revoke, self.revoke, self.subscribe, self.unsubscribe)
        while True:
            try:
                self.random.choice(steps)()
            except FirstclassError as error:
                if error.code not in ("too_many_keys", "key_revoked", "key_expired"):
                    raise

    def issue(self) -> None:
        name = self.random.choice(APPLICATIONS)
        made = api_keys.issue(self.store, self.keyring, name, timedelta(days=1), actor="writer")
        told = {"id": made.credential.id, "digest": made.credential.digest, "sequence": made.sequence}
        self.acknowledge({"op": "issue", **told})

    def rotate(self) -> None:
        if (old := self._key()) is not None:
            made = api_keys.rotate(self.store, self.keyring, old, timedelta(seconds=1), actor="writer")
            told = {"id": made.credential.id, "digest": made.credential.digest, "sequence": made.sequence}
            self.acknowledge({"op": "rotate", "old": old, **told})

    def revoke(self) -> None:
        if (key := self._key()) is not None:
            self.acknowledge(
                {"op": "revoke", "id": key, "sequence": api_keys.revoke(self.store, key, actor="writer").sequence}
            )

    def subscribe(self) -> None:
        name, operation = self.random.choice(APPLICATIONS), self.random.choice(OPERATIONS)
        made = subscriptions.create(self.store, application=name, api="library", operations=[operation], actor="writer")
        self.acknowledge({"op": "subscribe", "id": made.id, "operations": [operation]})

    def unsubscribe(self) -> None:
        held = [
            s.id for s in subscriptions.list_of(self.store, self.random.choice(APPLICATIONS)) if s.state == "approved"
        ]
        if held:
            ended = subscriptions.revoke(self.store, self.random.choice(held), actor="writer")
            self.acknowledge({"op": "unsubscribe", "id": ended.id})

    def _key(self) -> str | None:
        listed = api_keys.list_keys(self.store, self.random.choice(APPLICATIONS))
        live = [key.credential.id for key in listed if key.state == "active"]
        return self.random.choice(live) if live else None


def write(data: Path, acknowledgements: Path, seed: int) -> None:
    """Prepare, then write until killed."""
    # One write(2) a line: what the kernel has taken survives this process, as an answer on a socket would.
    descriptor = os.open(acknowledgements, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    writer = Writer(data, seed, lambda told: _write_line(descriptor, told))
    writer.prepare()
    writer.write_for_ever()


def _write_line(descriptor: int, told: dict[str, Any]) -> None:
    os.write(descriptor, json.dumps(told).encode() + b"\n")


def main() -> None:
    """Fork a writer for each line of standard input."""
    for line in sys.stdin:
        data, acknowledgements, seed = line.split()
        child = os.fork()
        if child == 0:
            try:
                write(Path(data), Path(acknowledgements), int(seed))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
