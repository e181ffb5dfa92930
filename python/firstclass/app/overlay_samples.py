"""The samples at the end of the overlay that `init` writes, as comments: at places of the contract itself where it has
one that suits, else at a placeholder that calls itself so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from firstclass.compiler.fields import METHODS
from firstclass.inventory.places import json_path

# The docs and `keys issue` send people to the comment that begins so.
ASK_FOR_A_KEY = "Ask for an API key"
PLACEHOLDER = " (a placeholder: put a place of your contract there)"
_WORD_OF_ID = re.compile(r"[_-]?(?:id|uuid|guid|key|number|no)$", re.IGNORECASE)


def plain(node: Any) -> Any:
    """The value of a node of the contract reader."""
    kind, _, _, value = node
    if kind == "map":
        return {key: plain(child) for key, _, _, child in value}
    return [plain(child) for child in value] if kind == "list" else value


def samples(contract: Any, *, has_security: bool = False) -> str:
    """Lines of an overlay, each a comment; `contract` is what is written there, None where it cannot be read.
    `has_security`: the overlay itself says who gets in, which has to go before another word is said."""
    owned = next(_path_parameters(contract), None)
    target, thing = owned or ("$.paths['/customers/{customerId}'].parameters[0]", "customer")
    email = next(_emails(contract), None)
    field = email or "$.components.schemas.Customer.properties.email"
    removal = "  # - target: $.security\n  #   remove: true\n" if has_security else ""
    return f"""  # {ASK_FOR_A_KEY}, where the contract does not say who gets in (security: [] is everybody):
{removal}  # - target: $
  #   update:
  #     security: [{{apiKey: []}}]
  #     components: {{securitySchemes: {{apiKey: {{type: apiKey, in: header, name: X-API-Key}}}}}}
  # An id that must be the caller's own{"" if owned else PLACEHOLDER}:
  # - target: {target}
  #   update: {{x-firstclass: {{object: {thing}, owner: token.sub}}}}
  # A field that leaves masked unless a subscription unmasks its category{"" if email else PLACEHOLDER}:
  # - target: {field}
  #   update: {{x-data-classification: {{category: contact, masking: {{strategy: full}}}}}}
  # A rate:
  # - target: $
  #   update: {{x-firstclass: {{rate: 100 per minute by application}}}}
"""


def _path_parameters(contract: Any) -> Iterator[tuple[str, str]]:
    """Where the id in a path is declared, and what it is the id of; the last of a path before others."""
    for path, item in _members(_member(contract, "paths")):
        for place in ((), *((method,) for method in METHODS)):
            listed = _member(item, *place, "parameters")
            for index, written in reversed(list(enumerate(listed if isinstance(listed, list) else []))):
                location: tuple[str | int, ...] = ("paths", path, *place, "parameters", index)
                reference = _member(written, "$ref")
                if isinstance(reference, str):
                    location = _referred(reference)
                found = _member(contract, *location)
                name = _member(found, "name")
                if location and _member(found, "in") == "path" and isinstance(name, str) and _is_writable(location):
                    yield json_path(location), _object(path, name)


def _referred(reference: str) -> tuple[str, ...]:
    """Where a reference into the same file leads; nowhere for others."""
    tokens = reference.removeprefix("#/").split("/") if reference.startswith("#/") else []
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def _object(path: str, name: str) -> str:
    """`customer` of `customerId`, and of `/customers/{id}`."""
    word = _WORD_OF_ID.sub("", name)
    if not word:
        before = path.partition("{" + name + "}")[0].rstrip("/").rpartition("/")[2]
        word = before[:-3] + "y" if before.endswith("ies") else before.removesuffix("s")
    word = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")
    return word if word[:1].isalpha() else "thing"


def _emails(contract: Any) -> Iterator[str]:
    """Properties of named schemas that look like an e-mail address."""
    for where in (("components", "schemas"), ("definitions",)):
        for name, schema in _members(_member(contract, *where)):
            for key, found in _members(_member(schema, "properties")):
                looks_so = re.sub(r"[^a-z]", "", key.lower()).endswith(("email", "emailaddress"))
                is_so = _member(found, "format") == "email" or (looks_so and _member(found, "type") == "string")
                location = (*where, name, "properties", key)
                if is_so and _is_writable(location):
                    yield json_path(location)


def _is_writable(location: tuple[str | int, ...]) -> bool:
    """Whether it can stand in a comment of one line."""
    return all(isinstance(part, int) or part.isprintable() for part in location)


def _member(value: Any, *keys: str | int) -> Any:
    for key in keys:
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _members(value: Any) -> list[tuple[str, Any]]:
    return [(key, each) for key, each in value.items() if isinstance(key, str)] if isinstance(value, dict) else []
