"""A contract or an overlay that cannot be read is a mistake of the line that names it: there it is told."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from firstclass.app.settings import LoadedSettings
from firstclass.compiler import Diagnostic
from firstclass.publish.contracts import CompiledApi


def told_where_named(loaded: LoadedSettings, results: list[CompiledApi]) -> list[CompiledApi]:
    """The results, with such errors at their lines of the configuration."""
    names = [entry.name for entry in loaded.settings.apis]
    return [
        replace(result, compiled=replace(result.compiled, errors=tuple(_placed(loaded, names, result))))
        if result.errors
        else result
        for result in results
    ]


def _placed(loaded: LoadedSettings, names: list[str], result: CompiledApi) -> Iterator[Diagnostic]:
    entry = result.entry
    api = f"/apis/{names.index(entry.name)}"
    named = {posixpath.normpath(name): f"{api}/overlays/{at}" for at, name in enumerate(entry.overlays)}
    named[posixpath.normpath(entry.contract)] = f"{api}/contract"
    for error in result.errors:
        # What refers to a missing file is told at its own pointer already.
        pointer = named.get(error.file) if error.code == "unreadable_file" and not error.pointer else None
        place = loaded.find_place(pointer) if pointer is not None else None
        if place is None or loaded.path is None:
            yield error
        else:
            line, column = place.line or 1, place.column or 1
            yield replace(error, file=loaded.path.name, line=line, column=column, pointer=place.pointer or "")
