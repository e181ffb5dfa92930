"""Read `firstclass.yaml`, the environment and flags into one typed object; every mistake gets its line and a hint."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from firstclass.app.contradictions import find_contradiction
from firstclass.app.settings_mistakes import first_mistake
from firstclass.base.settings import NOT_YET, Settings
from firstclass.base.tabs import find_tab
from firstclass.model.durations import parse_duration
from firstclass.model.errors import Exit, FirstclassError, Where

DEFAULT_CONFIG = Path("firstclass.yaml")
PREFIX = "FIRSTCLASS_"
# Process settings that the environment may override: FIRSTCLASS_LISTEN__TRAFFIC and so on.
PROCESS_SETTINGS = ("listen.traffic", "listen.control", "listen.status", "data", "public_url", "workers")
# What is named in place of a configuration, by a key that none has.
OTHER_FILES = {
    "overlay": ("an overlay", "check the configuration that lists it: firstclass check"),
    "openapi": ("a contract", "firstclass init CONTRACT --upstream URL writes a configuration for it"),
    "swagger": ("a contract", "firstclass init CONTRACT --upstream URL writes a configuration for it"),
}


Places = dict[str, tuple[int, int]]
"""Line and column of each key and item, by JSON pointer."""


@dataclass(frozen=True)
class LoadedSettings:
    """Settings and where they came from; paths in them are absolute."""

    settings: Settings
    path: Path | None
    directory: Path
    data: Path
    places: Places = field(default_factory=dict)

    def waits_for_restart(self, fresh: LoadedSettings) -> list[str]:
        """Names of process settings that differ in `fresh`."""
        names = ("listen", "public_url", "workers", "ready_max_directory_age")
        differ = [name for name in names if getattr(self.settings, name) != getattr(fresh.settings, name)]
        return differ if self.data == fresh.data else [*differ, "data"]

    def find_place(self, pointer: str) -> Where | None:
        """The place of a setting, or of the nearest thing above it that stands in the file."""
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        if self.path is None or not pointer:
            return None
        line, column = self.places[pointer]
        return Where(str(self.path), line, column, pointer)

    @property
    def ready_max_directory_age_seconds(self) -> int | None:
        """None where /readyz never turns 503 for age."""
        text = self.settings.ready_max_directory_age
        return None if text is None else int(parse_duration(text).total_seconds())


def load_settings(
    config: Path | None, *, data: Path | None = None, environment: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Read the configuration: file < environment < flag.

    Raises:
        FirstclassError: the file is absent, does not parse, says something unknown, or contradicts itself.
    """
    path = (config or DEFAULT_CONFIG).absolute()
    tree = _read(path, named=config is not None)
    values, places = _plain(tree, "")
    if not isinstance(values, dict):
        raise _error(
            "config_invalid", "the configuration must be a mapping", path, places.get(""), "", "begin with `version: 1`"
        )
    for key, (what, hint) in OTHER_FILES.items():
        if key in values and "version" not in values:
            message = f"this is {what}, not a configuration"
            raise _error("config_invalid", message, path, places.get(f"/{key}"), f"/{key}", hint)
    for key, hint in NOT_YET.items():
        if key in values:
            message = f"{key!r} cannot be enforced by this version"
            raise _error("not_enforceable_yet", message, path, places.get(f"/{key}"), f"/{key}", hint)
    _override(values, os.environ if environment is None else environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as wrong:
        raise _explain(wrong, values, path, places) from None
    if found := find_contradiction(settings):
        place = places.get(found.pointer) or places.get(found.pointer.rpartition("/")[0])
        raise _error(found.code, found.message, path, place, found.pointer, found.hint)
    chosen = data.absolute() if data is not None else (path.parent / settings.data).absolute()
    return LoadedSettings(settings, path, path.parent, chosen, places)


def _read(path: Path, *, named: bool) -> Any:
    from firstclass._native import load_yaml

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        writes = "firstclass init CONTRACT --upstream URL writes one"
        hint = f"check the path; {writes}" if named else f"{writes}; another place is named with --config"
        raise FirstclassError("config_missing", f"there is no {path}", hint=hint, exit_code=Exit.NOT_FOUND) from None
    except UnicodeDecodeError:
        hint = "name a YAML or JSON file"
        raise FirstclassError("config_unreadable", f"{path} is no text in UTF-8", hint=hint) from None
    except OSError as problem:
        what = problem.strerror or str(problem)
        hint = "name the file in it" if isinstance(problem, IsADirectoryError) else "check the path and its rights"
        raise FirstclassError("config_unreadable", f"{path} cannot be read: {what}", hint=hint) from None
    try:
        return load_yaml(text)
    except ValueError as fault:
        code, message, line, column = fault.args
        message = find_tab(text, line) or message
        raise _error(code, message, path, (line, column), "", "the file must be YAML 1.2 or JSON") from None


def _plain(node: Any, pointer: str) -> tuple[Any, Places]:
    """The value of a node and the place of each key and item below it, by JSON pointer."""
    kind, line, column, value = node
    places: Places = {pointer: (line, column)}
    if kind == "map":
        result: dict[str, Any] = {}
        for key, key_line, key_column, child in value:
            below = f"{pointer}/{key}"
            result[key], found = _plain(child, below)
            places |= found
            places[below] = (key_line, key_column)
        return result, places
    if kind == "list":
        items = []
        for index, child in enumerate(value):
            item, found = _plain(child, f"{pointer}/{index}")
            items.append(item)
            places |= found
        return items, places
    return (float(value) if kind == "decimal" else value), places


def _override(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name in PROCESS_SETTINGS:
        text = environment.get(PREFIX + name.upper().replace(".", "__"))
        if text is None:
            continue
        section, target = name.split("."), values
        for part in section[:-1]:
            below = target.setdefault(part, {})
            if not isinstance(below, dict):
                return  # the file's own mistake is reported by the validation that follows
            target = below
        target[section[-1]] = int(text) if name == "workers" and text.isdigit() else text


def _explain(wrong: ValidationError, values: Any, path: Path, places: Places) -> FirstclassError:
    found = first_mistake(wrong, values)
    place = places.get(found.pointer) or places.get(found.pointer.rpartition("/")[0])
    return _error("config_invalid", found.message, path, place, found.pointer, found.hint)


def _error(
    code: str, message: str, path: Path, place: tuple[int, int] | None, pointer: str, hint: str
) -> FirstclassError:
    line, column = place or (1, 1)
    return FirstclassError(code, message, hint=hint, where=Where(str(path), line, column, pointer))
