"""Templates in a request: `{{key ID}}` and `{{token ISSUER claim=value …}}`. What they become is also what must never
reach the origin."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from firstclass.engine.cases.minting import TokenWish, mint_key, mint_token
from firstclass.engine.cases.model import CaseError, Json
from firstclass.engine.cases.times import relative_seconds

TEMPLATE = re.compile(r"\{\{(key|token) (.*?)\}\}(?!\})", re.DOTALL)
WORD = re.compile(r"\s*([\w.-]+)=")
ABSENT = "none"


@dataclass
class Expander:
    """Expands the templates of one exchange and remembers the credentials that it minted."""

    issuers: dict[str, Json]
    keys: dict[str, str]
    now_seconds: int
    minted: list[str] = field(default_factory=list)

    def expand(self, text: str) -> str:
        """`text` with every template replaced.

        Raises:
            CaseError: a template names no issuer of the directory, or cannot be read.
        """
        return TEMPLATE.sub(lambda found: self._one(found[1], found[2]), text)

    def _one(self, kind: str, rest: str) -> str:
        name, _, more = rest.strip().partition(" ")
        values = _values(more)
        if kind == "key":
            text = self.keys.get(name) or mint_key(name)
            text = text[: values.get("cut", len(text))]
        else:
            text = self._token(name, values)
        self.minted.append(text)
        return text

    def _token(self, issuer: str, values: dict[str, Any]) -> str:
        if issuer not in self.issuers:
            raise CaseError(f"no issuer {issuer!r} in directory.json")
        wish: dict[str, Any] = {"claims": {}, "header": {}}
        for name, value in values.items():
            if name.startswith("header."):
                wish["header"][name.removeprefix("header.")] = value
            elif name == "alg":
                wish["algorithm"] = value or ABSENT  # `alg=none` means what it says
            elif name == "signer":
                wish["signer"] = value
            elif name == "signature":
                wish["null_signature"] = value is None
            else:
                wish["claims"][name] = self._claim(name, value)
        return mint_token(TokenWish(issuer, **wish), self.issuers[issuer], self.now_seconds)

    def _claim(self, name: str, value: Any) -> Any:
        if name == "sub" and isinstance(value, int):
            return str(value)  # RFC 7519 §4.1.2: a string
        if isinstance(value, str) and (moved := relative_seconds(value)) is not None:
            return self.now_seconds + moved
        return value


def _values(text: str) -> dict[str, Any]:
    """`name=value` pairs; a value is JSON where it parses, `none` is None, else it is a word up to the next space."""
    values: dict[str, Any] = {}
    at = 0
    decoder = json.JSONDecoder()
    while text[at:].strip():
        found = WORD.match(text, at)
        if not found:
            raise CaseError(f"cannot read {text[at:]!r} in a template; name=value is expected")
        at = found.end()
        try:
            value, end = decoder.raw_decode(text, at)
            if end < len(text) and not text[end].isspace():
                raise ValueError("a word that begins like JSON")
        except ValueError:
            end = at + len(text[at:].split(" ", 1)[0])
            value = None if text[at:end] == ABSENT else text[at:end]
        values[found[1]] = value
        at = end
    return values
