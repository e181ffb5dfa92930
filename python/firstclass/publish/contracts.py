"""Compile every API of a configuration, reading files only below the configuration's directory."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from firstclass._native import check_bundle
from firstclass.base.files import read_bounded
from firstclass.base.settings import ApiEntry
from firstclass.compiler import ApiSettings, Compiled, Diagnostic, OutsideError, compile_api, encode
from firstclass.compiler.diagnostics import Severity
from firstclass.model.errors import FirstclassError, Where

# An engine names places such as operations/3 or schema 12.
_PLACE = re.compile(r"\b(operations?|schemas?|paths?|schemes?)[/ ](\d+)")
MAX_CONTRACT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class CompiledApi:
    """One API's compilation; `payload` and `hash` are None where it has errors. `files`: what was read, by name, with
    its SHA-256."""

    entry: ApiEntry
    compiled: Compiled
    payload: str | None
    hash: str | None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What keeps it from being enforced."""
        return self.compiled.errors

    def diagnose(self, part: str, severity: Severity, code: str, message: str, hint: str) -> Diagnostic:
        """Something to tell of a part of the bundle, such as `schemes/0`, where the contract declares that."""
        place = self.compiled.source_map.get(part, {})
        return Diagnostic(
            code=code,
            message=message,
            file=place.get("file", self.entry.contract),
            line=place.get("line", 1),
            column=place.get("column", 1),
            pointer=place.get("pointer", ""),
            hint=hint,
            severity=severity,
        )


def reader(directory: Path) -> Callable[[str], bytes]:
    """A reader of files for the compiler: relative to `directory`, bounded in size."""

    def read(name: str) -> bytes:
        return read_bounded(directory / name, MAX_CONTRACT_BYTES)

    return read


def compile_entry(
    entry: ApiEntry, directory: Path, drafts: Mapping[str, bytes] | None = None, *, keep: bool = False
) -> CompiledApi:
    """Compile one API; a contract's mistakes are in the result, not raised. `drafts` stand for files of that name;
    `keep`: see `compile_api`."""
    on_disk, drafted = reader(directory), drafts or {}
    named = {posixpath.normpath(name) for name in (entry.contract, *entry.overlays)}
    home = _real((directory / entry.contract).parent)
    files: dict[str, str] = {}

    def read(name: str) -> bytes:
        # What the configuration names may be a link to anywhere; what a contract names is another's word.
        if name not in drafted and name not in named and not _real(directory / name).is_relative_to(home):
            raise OutsideError(name)
        content = drafted[name] if name in drafted else on_disk(name)
        files[name] = sha256(content).hexdigest()
        return content

    settings = ApiSettings(
        name=entry.name,
        contract=entry.contract,
        overlays=entry.overlays,
        upstream=entry.upstream,
        base_path=entry.base_path,
        mode=_mode(entry),
    )
    compiled = compile_api(settings, read, keep=keep)
    if compiled.document is None or compiled.errors:
        return CompiledApi(entry, compiled, None, None, files)
    payload = encode(compiled.document)
    refusal = check_bundle(payload.decode())
    if refusal is not None:
        refused = replace(compiled, errors=(_as_error(refusal, compiled, entry),))
        return CompiledApi(entry, refused, None, None, files)
    return CompiledApi(entry, compiled, payload.decode(), sha256(payload).hexdigest(), files)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # a ring of links is told when it is read


def _mode(entry: ApiEntry) -> str | dict[str, Any] | None:
    said = entry.mode
    return said if said is None or isinstance(said, str) else said.model_dump(exclude_none=True)


def _as_error(refusal: str, compiled: Compiled, entry: ApiEntry) -> Diagnostic:
    """What the engine would refuse is an error of the contract, at the place that the engine names."""
    named = _PLACE.search(refusal)
    key = "" if named is None else f"{named[1].rstrip('s')}s/{named[2]}"
    place = compiled.source_map.get(key, {"file": entry.contract, "line": 1, "column": 1, "pointer": ""})
    return Diagnostic(
        code="engine_refuses",
        message=f"an engine could not enforce this: {refusal}",
        file=place["file"],
        line=place["line"],
        column=place["column"],
        pointer=place["pointer"],
        hint="write it in another way; bounds, cycles and sizes that no engine can hold are refused when they are read",
        severity="error",
    )


def compile_all(
    entries: tuple[ApiEntry, ...], directory: Path, known: Mapping[str, CompiledApi] | None = None
) -> list[CompiledApi]:
    """Compile every API that is not in `known`, and hold their base paths against each other.

    Raises:
        FirstclassError: two APIs would answer on the same base path.
    """
    done = known or {}
    results = [done.get(entry.name) or compile_entry(entry, directory) for entry in entries]
    check_base_paths(results)
    return results


def check_base_paths(results: Sequence[CompiledApi]) -> None:
    """No two APIs answer on one base path.

    Raises:
        FirstclassError: two of them would.
    """
    seen: dict[str, str] = {}
    for result in results:
        if result.compiled.document is None:
            continue
        base = str(result.compiled.document["api"]["base_path"])
        if base in seen:
            message = f"the APIs {seen[base]!r} and {result.entry.name!r} both have the base path {base or '/'!r}"
            raise FirstclassError("base_path_taken", message, hint="give one of them another base_path")
        seen[base] = result.entry.name


def require_sound(results: list[CompiledApi]) -> None:
    """Nothing goes live while one contract has an error.

    Raises:
        FirstclassError: the first error, with its place; the message says how many there are.
    """
    errors = [error for result in results for error in result.errors]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more; firstclass check lists them)" if len(errors) > 1 else ""
        where = Where(first.file, first.line, first.column, first.pointer)
        raise FirstclassError(first.code, first.message + more, hint=first.hint, where=where)
