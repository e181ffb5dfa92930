"""What another gateway knows, in nouns that all formats share. A key is its SHA-256: the text ends where it is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from shlex import quote
from typing import Literal

from firstclass.compiler.nodes import Node
from firstclass.model.errors import FirstclassError, Where

# As the engine reads keys (`engine/decide/src/api_key.rs`).
MAX_KEY_BYTES = 512
# What is shorter can be guessed: 16 characters of hexadecimal digits are 64 bits.
MIN_KEY_CHARACTERS = 16
OWN_PREFIXES = ("fc_live_", "fc_test_")
# How many of a kind are named in a sentence.
EXAMPLES = 3
# Of the last year that a date has, in seconds since 1970.
LAST_SECOND = 253_402_300_799
_SHA256 = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")
_REFERENCE = re.compile(r"\{vault://|\$(?:env|secret)://|\$\{")

PathKind = Literal["exact", "prefix", "template", "regex"]


@dataclass(frozen=True)
class ForeignKey:
    """A key of the other gateway."""

    sha256: bytes = field(repr=False)
    where: Where
    expires_at: datetime | None = None
    # How long it goes on from its import, where nobody says since when it counts.
    lasts: timedelta | None = None


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
class Place:
    """One thing of a kind that is not taken over: its name, where it has one, and what else tells it from others."""

    names: tuple[str, ...]
    where: Where | None

    def sentence(self) -> str:
        """As an example among many."""
        line = f"line {self.where.line}" if self.where is not None and self.where.line else ""
        return f"{', '.join(self.names)} ({line})" if self.names and line else ", ".join(self.names) or line


@dataclass(frozen=True)
class Lost:
    """A kind of thing that is not taken over, what to do instead, and where it stands; the first place counts."""

    what: str
    instead: str
    places: tuple[Place, ...]

    @property
    def where(self) -> Where | None:
        """Where it stands first."""
        return self.places[0].where


@dataclass
class Foreign:
    """All that an export says."""

    file: str
    consumers: list[Consumer] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    headers: set[str] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    # Headers in which the old gateway told the origin who calls.
    identity_headers: set[str] = field(default_factory=set)
    # Keys in the export are hexadecimal SHA-256, whatever they look like.
    is_hashed: bool = False
    _lost: dict[tuple[str, str], dict[Place, None]] = field(default_factory=dict)
    # Of every key in the export, also of those that are not taken over.
    _seen: set[bytes] = field(default_factory=set, repr=False)

    def lose(self, what: str, instead: str, where: Where | None = None, *names: str) -> None:
        """Note what is not taken over; the same thing at the same place once. Where the sentence says `{}`, a name
        stands: things that differ in their names alone are one kind."""
        self._lost.setdefault((what, instead), {}).setdefault(Place(names, where))

    @property
    def lost(self) -> list[Lost]:
        """By kind, in the order of their first places as they were noted."""
        return [self._told(what, instead, tuple(places)) for (what, instead), places in self._lost.items()]

    def _told(self, what: str, instead: str, places: tuple[Place, ...]) -> Lost:
        shown = tuple(Place(tuple(map(self.shown, each.names)), each.where) for each in places)
        first = shown[0].names
        if first:
            instead = instead.replace("{}", quote(first[0]))
        if len(shown) == 1:
            for name in first:
                what = what.replace("{}", name, 1)
        else:
            examples = "; ".join(each.sentence() for each in shown[:EXAMPLES])
            more = f"; and {len(shown) - EXAMPLES} more" if len(shown) > EXAMPLES else ""
            what = f"{what.replace('{}', '…')}: {len(shown)} of them: {examples}{more}"
        return Lost(cleaned(what), cleaned(instead), shown)

    def note_origin(self, route: str, plugin: Node, headers: Iterable[str] = (), *, is_hidden: bool) -> None:
        """Note what an origin heard of a call's key: the key itself, and headers that say whose it is."""
        if not is_hidden:
            instead = "it gets no key any more, whatever it did with it; Firstclass-Application says who calls"
            self.lose("the key that the origin of route {} got with each call", instead, plugin.where, route)
        if headers:
            self.identity_headers |= set(headers)
            instead = "an origin that reads them reads Firstclass-Application instead: the application's name"
            self.lose(f"{', '.join(headers)} at the origin", instead, plugin.where)

    def shown(self, name: str) -> str:
        """A name as it may be printed: without what a terminal would obey, and not at all if it is a key."""
        return "…" if self.is_key(name) else cleaned(name)

    def is_key(self, name: str) -> bool:
        """Whether this text is one of the export's keys."""
        return hashlib.sha256(name.encode()).digest() in self._seen

    def read_key(
        self,
        text: str | None,
        where: Where,
        expires_at: datetime | None = None,
        *,
        lasts: timedelta | None = None,
        is_hash: bool = False,
    ) -> ForeignKey | None:
        """The key that a text of the export is; None if no caller can send it, which is noted.

        Raises:
            FirstclassError: a SHA-256 that is none.
        """
        if is_hash or self.is_hashed or (text or "").startswith("sha256:"):
            digest = _read_hash(text or "", where)
            self._seen.add(digest)
            return ForeignKey(digest, where, expires_at, lasts)
        digest = hashlib.sha256((text or "").encode()).digest()
        self._seen.add(digest)
        if problem := _problem(text):
            self.lose(f"a key that {problem}", "give its application a new key: firstclass keys issue", where)
            return None
        return ForeignKey(digest, where, expires_at, lasts)


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
