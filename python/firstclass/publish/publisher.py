"""The store's rows as signed frames of the link: bundles by sequence, the directory as snapshot and deltas."""

from __future__ import annotations

import json
from typing import Any, Protocol

from firstclass.storage import Store

DIRECTORY_FORMAT = 1
MAX_DELTA_ROWS = 5000

Frame = dict[str, Any]


class Signer(Protocol):
    """Signs text with the bundle-signing key of the keyring."""

    def sign(self, text: str) -> tuple[str, str]:
        """Key id and base64url Ed25519 signature."""


class Publisher:
    """The feed of the link, read from the store at every call: whatever process wrote, engines learn of it."""

    def __init__(self, store: Store, signer: Signer) -> None:
        """Publish what is in `store`, signed by `signer`."""
        self._store = store
        self._signer = signer

    def sequence(self) -> int:
        """The newest sequence of the store."""
        return self._store.latest_sequence()

    def apis(self) -> list[str]:
        """Names of the APIs that have a live bundle."""
        return [head.api for head in self._store.bundle_heads() if head.hash is not None]

    def bundle_frames(self, held: dict[str, int]) -> list[Frame]:
        """Frames for every API whose live bundle is newer than the sequence in `held`."""
        frames: list[Frame | None] = []
        for head in self._store.bundle_heads():
            if head.sequence <= held.get(head.api, 0):
                continue
            if head.hash is None:
                if head.api in held:
                    frames.append(self._removal(head.api, head.sequence))
                continue
            frames.append(self._bundle(head.api, head.sequence))
        return [frame for frame in frames if frame is not None]

    def _bundle(self, api: str, sequence: int) -> Frame | None:
        with self._store.read() as reader:
            bundle = reader.bundles.at(api, sequence)
        if bundle is None:  # replaced or removed a moment ago; the next look finds what came after
            return None
        text = f"firstclass bundle\n{api}\n{sequence}\n{bundle.payload}"
        return {"kind": "bundle", "api": api, "sequence": sequence, "payload": bundle.payload, **self._signed(text)}

    def _removal(self, api: str, sequence: int) -> Frame:
        text = f"firstclass bundle removed\n{api}\n{sequence}\n"
        return {"kind": "bundle_removed", "api": api, "sequence": sequence, **self._signed(text)}

    def directory_frame(self, after: int) -> Frame | None:
        """A delta that follows `after`, a snapshot where none can, None where nothing is new.

        Its member `sequence` (what the directory reaches) is for the sender and not part of the wire form.
        """
        rows = self._store.directory_changes(after, MAX_DELTA_ROWS) if after else None
        if rows is None:
            sequence, changes = self._store.directory_snapshot()
            if sequence == after:
                return None
            return self._directory(snapshot=True, from_=0, to=sequence, changes=changes)
        if not rows:
            return None
        changes = [row.as_change() for row in rows if row.is_directory]
        return self._directory(snapshot=False, from_=after, to=rows[-1].sequence, changes=changes)

    def _directory(self, *, snapshot: bool, from_: int, to: int, changes: list[dict[str, Any]]) -> Frame:
        value = {"format": DIRECTORY_FORMAT, "snapshot": snapshot, "from": from_, "to": to, "changes": changes}
        payload = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        text = f"firstclass directory\n{payload}"
        return {"kind": "directory", "payload": payload, **self._signed(text), "sequence": to}

    def _signed(self, text: str) -> Frame:
        key, value = self._signer.sign(text)
        return {"signature": {"key": key, "value": value}}
