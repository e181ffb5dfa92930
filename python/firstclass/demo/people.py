"""The customers of the sample shop: invented per run, each with canaries that nobody can guess.

No I/O and no global randomness: the caller brings the generator.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FIRST_NAMES = (
    "Ada",
    "Cleo",
    "Dora",
    "Emil",
    "Finn",
    "Gita",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Liv",
    "Milo",
    "Nora",
    "Otto",
    "Pia",
)
CITIES = ("Bern", "Ghent", "Porto", "Turku", "Vilnius", "Zadar")
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
WORD_LETTERS, CARD_DIGITS, HASH_DIGITS = 12, 16, 64


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. Surname, mailbox, street, greeting, card and password hash occur nowhere else in the world."""

    id: int
    first_name: str
    surname: str
    mailbox: str
    birthday: str
    street_name: str
    city: str
    payment_card: str
    greeting: str
    password: str

    @property
    def name(self) -> str:
        """The full name, as the shop stores it."""
        return f"{self.first_name} {self.surname.capitalize()}"

    @property
    def email(self) -> str:
        """The address that the person signs in with."""
        return f"{self.mailbox}@mail.example"

    @property
    def password_hash(self) -> str:
        """As the shop stores it: unsalted, and so a canary too."""
        return hashlib.sha256(self.password.encode()).hexdigest()

    @property
    def canaries(self) -> tuple[str, ...]:
        """Everything that identifies this person and no other, in lower case."""
        return (self.surname, self.mailbox, self.street_name, self.greeting, self.payment_card, self.password_hash)


class Canaries:
    """Finds whose data is in a heap of bytes, in one pass over them, however many people there are."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._owner = {canary.encode(): person.id for person in people for canary in person.canaries}

    def find_people(self, received: bytes) -> frozenset[int]:
        """Ids of all people of whom at least one canary stands in `received`, in any case of letters."""
        owner = self._owner
        return frozenset(owner[piece] for piece in _pieces(received.lower()) if piece in owner)


def _pieces(received: bytes) -> Iterator[bytes]:
    """Every substring that could be a canary. Runs are slid over, so that a neighbour such as `%20` hides nothing."""
    for alphabet, size in ((rb"[a-z]", WORD_LETTERS), (rb"[0-9]", CARD_DIGITS), (rb"[0-9a-f]", HASH_DIGITS)):
        for run in re.findall(alphabet + b"{%d,}" % size, received):
            for start in range(len(run) - size + 1):
                yield run[start : start + size]


def invent_people(count: int, random: Random) -> tuple[Person, ...]:
    """Invent `count` customers with ids 1 … count. Ana and Bob are neighbours somewhere in the middle."""
    words = _invent_words(4 * count, random)
    ana = random.randrange(count // 4, 3 * count // 4)
    names = {ana: "Ana", ana + 1: "Bob"}
    return tuple(
        Person(
            id=number,
            first_name=names.get(number) or random.choice(FIRST_NAMES),
            surname=next(words),
            mailbox=next(words),
            birthday=(date(1950, 1, 1) + timedelta(days=random.randrange(20_000))).isoformat(),
            street_name=next(words),
            city=random.choice(CITIES),
            payment_card=f"4{random.randrange(10 ** (CARD_DIGITS - 1)):0{CARD_DIGITS - 1}d}",
            greeting=next(words),
            password=f"{random.getrandbits(96):024x}",
        )
        for number in range(1, count + 1)
    )


def get_person(people: Iterable[Person], first_name: str) -> Person:
    """Return the first person of that first name. Raises StopIteration where there is none."""
    return next(person for person in people if person.first_name == first_name)


def _invent_words(count: int, random: Random) -> Iterator[str]:
    """Distinct pronounceable words of twelve letters: 38 bits each."""
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(random.choice(CONSONANTS) + random.choice(VOWELS) for _ in range(WORD_LETTERS // 2))] = None
    return iter(words)
