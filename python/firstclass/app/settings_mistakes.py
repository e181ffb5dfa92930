"""What is wrong with `firstclass.yaml`, in plain words: of several mistakes the one that explains the others. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from firstclass.base.settings import MODE_FORMS, Settings

REFERENCE = "docs/reference/settings.md has every setting"

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One, at a JSON pointer into the file."""

    message: str
    hint: str
    pointer: str


def first_mistake(wrong: ValidationError, values: Any) -> Mistake:
    """The mistake to tell; `values` is what the file says."""
    found = wrong.errors(include_url=False)
    missing = {_location(each) for each in found if each["type"] == "missing"}
    misspelt = [(each, near) for each in found if (near := _near(each)) is not None]
    # A required setting that is misspelt is lacking as well: its own line says more than that.
    for each, near in misspelt:
        if (*_location(each)[:-1], near) in missing:
            return _mistake(each, values)
    return _mistake(misspelt[0][0] if misspelt else found[0], values)


def _location(found: Mapping[str, Any]) -> Location:
    return tuple(part for part in found["loc"] if part not in MODE_FORMS)


def _near(found: Mapping[str, Any]) -> str | None:
    if found["type"] != "extra_forbidden":
        return None
    location = _location(found)
    near = get_close_matches(str(location[-1]), _known_keys(location[:-1]), n=1, cutoff=0.5)
    return near[0] if near else None


def _mistake(found: Mapping[str, Any], values: Any) -> Mistake:
    location = _in_file(_location(found), values)
    pointer = "".join(f"/{part}" for part in location)
    if found["type"] == "extra_forbidden":
        near = _near(found)
        hint = f"did you mean {near!r}?" if near else f"settings here: {', '.join(_known_keys(location[:-1]))}"
        return Mistake(f"{_spelled(location, values)} is not a setting", hint, pointer)
    if found["type"] == "missing":
        of = _spelled(location[:-1], values) or "the configuration"
        return Mistake(f"{of} lacks {str(location[-1])!r}", f"add {location[-1]}:", pointer)
    said, hint = _in_words(found, location)
    return Mistake(f"{_spelled(location, values)}: {said}", hint, pointer)


def _in_words(found: Mapping[str, Any], location: Location) -> tuple[str, str]:
    """What a kind of mistake means, and what to do."""
    given, context = _kind(found.get("input")), found.get("ctx") or {}
    name = next((part for part in reversed(location) if isinstance(part, str)), "")
    match found["type"]:
        case "tuple_type" | "list_type":
            is_word = isinstance(found.get("input"), (str, int, float))
            example = f"{name}: [{found['input']}]" if is_word else f"{name}: [...]"
            return f"a list is expected, not {given}", f"write {example}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"a mapping is expected, not {given}", f"write {name}: {{...}}; {REFERENCE}"
        case "string_type":
            return f"text is expected, not {given}", f"put it in quotes where it is meant as text; {REFERENCE}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"a whole number is expected, not {given}", f"write {name}: 1, without quotes; {REFERENCE}"
        case "bool_type" | "bool_parsing":
            return f"true or false is expected, not {given}", f"write {name}: true, or {name}: false"
        case "literal_error":
            allowed = str(context["expected"])
            return f"it must be {allowed}", f"write {name}: {re.split(' or |,', allowed, maxsplit=1)[0]}"
        case "less_than_equal" | "greater_than_equal" if found["loc"][-1] == "port":
            return "a port is a number from 0 to 65535", "0 is any free one"
        case "less_than_equal":
            return f"it is {context['le']} at most", "write a smaller number"
        case "greater_than_equal":
            return f"it is {context['ge']} at least", "write a larger number"
        case "string_pattern_mismatch" if name == "ready_max_directory_age":
            return "a duration is expected", "write a whole number and ms, s, m, h or d, such as 10m"
    return str(found["msg"]).removeprefix("Value error, "), REFERENCE


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
    return "that"


def _in_file(location: Location, values: Any) -> Location:
    """The part of a location that stands in the file, and one name more: an address is text there, without `port`."""
    for at, part in enumerate(location):
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return location[:at]
    return location


def _spelled(location: Location, values: Any) -> str:
    """`apis.shop.mode`: entries by their names, by their number where they have none."""
    words = []
    for part in location:
        below = values.get(part) if isinstance(values, dict) else None
        if isinstance(values, list) and isinstance(part, int) and part < len(values):
            below = values[part]
        name = below.get("name") if isinstance(part, int) and isinstance(below, dict) else None
        words.append(name if isinstance(name, str) and name else str(part))
        values = below
    return ".".join(words)


def _known_keys(location: Location) -> list[str]:
    model: Any = Settings
    for part in location:
        if part not in model.model_fields:
            continue  # a number in a list, or a name that somebody chose
        models = [a for a in _types(model.model_fields[part].annotation) if issubclass(a, BaseModel)]
        if not models:
            return []
        model = models[0]
    return list(model.model_fields)


def _types(annotation: Any) -> list[type]:
    """Every class that an annotation is made of."""
    arguments = get_args(annotation)
    if not arguments:
        return [annotation] if isinstance(annotation, type) else []
    return [found for argument in arguments for found in _types(argument)]
