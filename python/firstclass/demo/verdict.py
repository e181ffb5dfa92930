"""Judges a run of the attacker: by the bytes that it received and by the state of the shop, never by status codes.

Pure: bytes and facts in, a verdict out. The attacker is given none of what is known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firstclass.demo.people import CARD_DIGITS, Canaries, Person

DIGITS_THAT_TELL = 6
ATTACK_STEPS = ("walk", "order", "admin", "debug", "inject")


@dataclass(frozen=True, slots=True)
class ShopState:
    """What the attack left behind in the shop."""

    ordered_for_bob: bool
    ana_is_admin: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the attacker: what it says it did, and the bytes that each step received."""

    steps: Mapping[str, Mapping[str, Any]]
    received: Mapping[str, bytes]

    def answers(self) -> Iterator[bytes]:
        """Every answer by itself."""
        for name, step in self.steps.items():
            start = 0
            for length in step["lengths"]:
                yield self.received[name][start : start + length]
                start += length

    def reason(self, step: str) -> str:
        """The reason that the plainest form of an attack was refused with; its status where there was none."""
        asked = self.steps[step]
        return str(asked["first_reason"] or asked["first_status"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one run achieved. `exposed` of `about_ana` answers showed data of Ana that the app has no need of."""

    reads_own: bool
    people_by_step: Mapping[str, frozenset[int]]
    people: frozenset[int]
    about_ana: int
    exposed: int
    masked: bool
    state: ShopState

    def others(self, step: str, ana: Person) -> int:
        """People whose data a step brought, Ana counted where there is anybody else; 0 where there is nobody else."""
        found = self.people_by_step[step]
        return len(found) if found - {ana.id} else 0


def judge(run: Run, state: ShopState, ana: Person, canaries: Canaries) -> Verdict:
    """Search everything that was received."""
    people = {name: canaries.find_people(data) for name, data in run.received.items()}
    own = [answer for answer in run.answers() if _is_about(answer, ana)]
    secrets = [*card_pieces(ana.payment_card), ana.birthday.encode(), ana.mailbox.encode()]
    exposed = [answer for answer in own if any(secret in answer for secret in secrets)]
    return Verdict(
        reads_own=run.steps["own_cards"]["first_status"] == 200 and ana.greeting.encode() in run.received["own_cards"],
        people_by_step=people,
        people=frozenset().union(*people.values()),
        about_ana=len(own),
        exposed=len(exposed),
        masked=bool(own) and not exposed and any(b'"***"' in answer for answer in own),
        state=state,
    )


def card_pieces(card: str) -> list[bytes]:
    """Every run of six digits of a card's number: any of them is too much."""
    return [card[start : start + DIGITS_THAT_TELL].encode() for start in range(CARD_DIGITS - DIGITS_THAT_TELL + 1)]


def _is_about(answer: bytes, ana: Person) -> bool:
    lower = answer.lower()
    return ana.surname.encode() in lower or ana.greeting.encode() in lower
