"""What `init` writes so that no present caller of an API is locked out: it checks their credentials today, and goes on
doing so until somebody decides otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firstclass.inventory.places import json_path

UNCHECKED = {"x-firstclass": {"pass": "unchecked"}}
OWN = (
    "The API checks this credential itself, as today: it passes on, unchecked. The harms of firstclass check say more."
)
EVERYBODY = (
    "The contract does not say who gets in. So everybody does, as today; a credential in one of these headers goes on"
    " to the API, which alone checks it. firstclass check names this as its first harm."
)
# Where callers send what no contract speaks of.
GUESSED = {"apiAuthorization": "Authorization", "apiKeyHeader": "X-API-Key"}


def own_credentials(root: Any) -> list[dict[str, Any]]:
    """Actions that pass the credentials on that the operations of a contract, as it is written, ask for."""
    return [
        {"target": json_path((*place, name)), "description": OWN, "update": UNCHECKED} for place, name in _schemes(root)
    ]


def everybody_as_today(root: Any) -> dict[str, Any]:
    """The action for operations that do not say who gets in: with any of the API's own credentials, or none."""
    names = [name for _, name in _schemes(root)]
    update: dict[str, Any] = {}
    if not names:
        declared = {
            name: {"type": "apiKey", "in": "header", "name": header, **UNCHECKED} for name, header in GUESSED.items()
        }
        is_swagger = isinstance(root, dict) and "swagger" in root
        update = {"securityDefinitions": declared} if is_swagger else {"components": {"securitySchemes": declared}}
        names = list(declared)
    update["security"] = [*({name: []} for name in names), {}]
    return {"target": "$", "description": EVERYBODY, "update": update}


def _schemes(root: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where the schemes stand that some operation asks for, but for those of which something is said already, and those
    that end at the gateway."""
    if not isinstance(root, dict):  # it cannot be read, which others tell
        return
    asked = _asked(root)
    for place in (("components", "securitySchemes"), ("securityDefinitions",)):
        found: Any = root
        for part in place:
            found = found.get(part) if isinstance(found, dict) else None
        for name, scheme in found.items() if isinstance(found, dict) else ():
            if name in asked and isinstance(scheme, dict) and _passes(scheme):
                yield place, name


def _passes(scheme: dict[str, Any]) -> bool:
    is_said = bool(scheme.get("x-firstclass")) or "$ref" in scheme
    is_whole_line = str(scheme.get("name")).lower() == "cookie" and scheme.get("in") == "header"
    return not is_said and not is_whole_line and scheme.get("type") != "mutualTLS"


def _asked(root: dict[str, Any]) -> set[str]:
    """Names of the schemes that the whole contract or an operation asks for."""
    paths = root.get("paths")
    items = [item for item in paths.values() if isinstance(item, dict)] if isinstance(paths, dict) else []
    holders = [root, *(each for item in items for each in item.values() if isinstance(each, dict))]
    lists = [holder.get("security") for holder in holders]
    ways = [way for each in lists if isinstance(each, list) for way in each if isinstance(way, dict)]
    return {str(name) for way in ways for name in way}
