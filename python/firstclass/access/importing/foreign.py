"""What another gateway knows, in nouns that all formats share. A key is its SHA-256: the text ends where it is read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from firstclass.model.errors import FirstclassError, Where

# As the engine reads keys (`engine/decide/src/api_key.rs`).
MAX_KEY_BYTES = 512
# What is shorter can be guessed: 16 characters of hexadecimal digits are 64 bits.
MIN_KEY_CHARACTERS = 16
OWN_PREFIXES = ("fc_live_", "fc_test_")
_SHA256 = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")
_REFERENCE = re.compile(r"\{vault://|\$(?:env|secret)://|\$\{")

PathKind = Literal["exact", "prefix", "template", "regex"]


@dataclass(frozen=True)
class ForeignKey:
    """A key of the other gateway."""

    sha256: bytes = field(repr=False)
    where: Where
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Limit:
    """So many calls per period, as the other gateway counted them."""

    count: int
    seconds: int
    where: Where
    # What it counted by: `application`, or `address`.
    by: str = "application"
    # What it counted by, where that cannot be said; then it is counted `by` what stands above.
    otherwise: str | None = None

    def sentence(self) -> str:
        """In the words of rates."""
        names = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 30 * 86400: "month", 365 * 86400: "year"}
        return f"{self.count} per {names.get(self.seconds, f'{self.seconds} seconds')}"


@dataclass(frozen=True)
class Route:
    """Where the other gateway let calls through. No methods: all. It takes only calls `among` these hosts and protocols
    (none: all). `least` and `most`, number by number, are what it counts when several routes match a call, where the
    higher one wins; none: nobody can say. `inside`: the route that is found first, where this one is a part of it."""

    name: str
    path: str
    kind: PathKind
    where: Where
    methods: tuple[str, ...] = ()
    among: frozenset[str] = frozenset()
    least: tuple[int, ...] = ()
    most: tuple[int, ...] = ()
    inside: Route | None = None
    # What held there for the consumer that it belongs to: the route is the same with others.
    limits: tuple[Limit, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Consumer:
    """Who called, with its keys and what they opened: operations by name, or routes."""

    name: str
    where: Where
    owner: str | None = None
    keys: tuple[ForeignKey, ...] = ()
    operations: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True)
class Lost:
    """Something that is not taken over, and what to do instead."""

    what: str
    instead: str
    where: Where | None = None


@dataclass
class Foreign:
    """All that an export says."""

    file: str
    consumers: list[Consumer] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    headers: set[str] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    lost: list[Lost] = field(default_factory=list)
    # Keys in the export are hexadecimal SHA-256, whatever they look like.
    is_hashed: bool = False

    def lose(self, what: str, instead: str, where: Where | None = None) -> None:
        """Note what is not taken over; the same thing once. A control character of a name reaches no terminal."""
        what, instead = cleaned(what), cleaned(instead)
        lost = Lost(what, instead, where)
        if not any((known.what, known.instead) == (what, instead) for known in self.lost):
            self.lost.append(lost)

    def read_key(
        self, text: str | None, where: Where, expires_at: datetime | None = None, *, is_hash: bool = False
    ) -> ForeignKey | None:
        """The key that a text of the export is; None if no caller can send it, which is noted.

        Raises:
            FirstclassError: a SHA-256 that is none.
        """
        if is_hash or self.is_hashed or (text or "").startswith("sha256:"):
            return ForeignKey(_read_hash(text or "", where), where, expires_at)
        if problem := _problem(text):
            self.lose(f"a key that {problem}", "give its application a new key: firstclass keys issue", where)
            return None
        assert text is not None
        return ForeignKey(hashlib.sha256(text.encode()).digest(), where, expires_at)


def _read_hash(text: str, where: Where) -> bytes:
    match = _SHA256.fullmatch(text)
    if match is None:
        raise wrong("key_hash_invalid", "a hashed key is 64 hexadecimal digits of SHA-256", where)
    return bytes.fromhex(match[1])


def _problem(text: str | None) -> str | None:
    """Why no header can carry this key as it stands, or why it should not."""
    if not text:
        return "is empty"
    if len(text.encode()) > MAX_KEY_BYTES:
        return f"is longer than {MAX_KEY_BYTES} bytes"
    if not text.isprintable() or text != text.strip() or "," in text:
        return "has a comma, a control character, or blanks around it"
    if text.startswith(OWN_PREFIXES):
        return "looks like one of Firstclass"
    if _REFERENCE.search(text):
        return "is a reference to a vault or an environment, not a key"
    if len(text) < MIN_KEY_CHARACTERS:
        return f"is shorter than {MIN_KEY_CHARACTERS} characters, so that it can be guessed"
    return None


def cleaned(text: str) -> str:
    """A text without what a terminal would obey."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def wrong(
    code: str, message: str, where: Where, hint: str = "correct the export, or take a new one"
) -> FirstclassError:
    """An export that cannot be read as a whole; nothing is imported. No pointer: a name in it may be a key."""
    place = Where(where.file, where.line, where.column)
    return FirstclassError(code, cleaned(message), hint=hint, where=place)
