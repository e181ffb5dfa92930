"""What was compiled before, and from what: a gateway that starts again over the same files compiles nothing.

Kept beside the store, which has the bundles themselves; a missing, old or damaged file only costs time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import firstclass
from firstclass.base.files import replace_private
from firstclass.base.settings import ApiEntry
from firstclass.compiler import Compiled
from firstclass.publish.contracts import CompiledApi, reader
from firstclass.storage import Reader

FILE = "compiled.json"
# Whatever turns a contract into a bundle: a newer version of it may turn the same files into another one.
_COMPILER = ("compiler/*.py", "model/*.py", "publish/contracts.py", "_native*")


class CompiledBefore:
    """Over the file in `data`, for contracts in `directory`."""

    def __init__(self, data: Path, directory: Path) -> None:
        self._path = data / FILE
        self._directory = directory
        self._held = self._read()

    def unchanged(self, entries: Iterable[ApiEntry]) -> dict[str, str]:
        """The hash of each API whose settings and files, and whose compiler, are byte by byte what they were."""
        found = {}
        for entry in entries:
            held = self._held.get(entry.name)
            if held is not None and held["entry"] == entry.model_dump(mode="json") and self._are_same(held["files"]):
                found[entry.name] = str(held["hash"])
        return found

    def live(self, entries: Iterable[ApiEntry], hashes: dict[str, str], store: Reader) -> dict[str, CompiledApi]:
        """Of those in `hashes`, the ones that are live, as if they had just been compiled."""
        heads = {head.api: head for head in store.bundles.heads()}
        found = {}
        for entry in entries:
            head = heads.get(entry.name)
            if head is None or head.hash is None or head.hash != hashes.get(entry.name):
                continue
            bundle = store.bundles.at(entry.name, head.sequence)
            if bundle is not None:
                compiled = Compiled(
                    document=json.loads(bundle.payload),
                    source_map=json.loads(bundle.source_map),
                    errors=(),
                    warnings=(),
                    unenforced=(),
                    contract=None,
                    title=bundle.title,
                    version=bundle.version,
                )
                files = self._held[entry.name]["files"]
                found[entry.name] = CompiledApi(entry, compiled, bundle.payload, bundle.hash, files)
        return found

    def keep(self, results: Iterable[CompiledApi]) -> None:
        """Remember what was compiled; a disk that takes nothing now is no reason to fail."""
        apis = {
            result.entry.name: {
                "entry": result.entry.model_dump(mode="json"),
                "files": result.files,
                "hash": result.hash,
            }
            for result in results
        }
        if apis == self._held:
            return
        content = {"compiler": _compiler(), "apis": apis}
        try:
            replace_private(self._path, json.dumps(content, indent=1).encode())
        except OSError:
            return
        self._held = apis

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_bytes())
            apis: dict[str, Any] = content["apis"] if content["compiler"] == _compiler() else {}
            wanted = {"entry", "files", "hash"}
            return {name: held for name, held in apis.items() if held.keys() == wanted and held["files"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _are_same(self, files: dict[str, str]) -> bool:
        read = reader(self._directory)
        try:
            return all(sha256(read(name)).hexdigest() == digest for name, digest in files.items())
        except OSError:
            return False


def _compiler() -> str:
    package = Path(firstclass.__file__).parent
    stamps = [
        (path.name, path.stat().st_mtime_ns, path.stat().st_size)
        for pattern in _COMPILER
        for path in sorted(package.glob(pattern))
    ]
    return sha256(json.dumps(stamps).encode()).hexdigest()
