"""Who the customers are, and that their canaries are found wherever they stand."""

from __future__ import annotations

import json
from random import Random
from urllib.parse import quote

import pytest

from firstclass.demo.people import CARD_DIGITS, Canaries, Person, get_person, invent_people


@pytest.fixture(scope="module")
def people() -> tuple[Person, ...]:
    return invent_people(200, Random(7))


def test_ids_count_from_one_without_gaps(people: tuple[Person, ...]) -> None:
    assert [person.id for person in people] == list(range(1, 201))


def test_ana_and_bob_are_neighbours_away_from_both_ends(people: tuple[Person, ...]) -> None:
    ana, bob = get_person(people, "Ana"), get_person(people, "Bob")
    assert bob.id == ana.id + 1
    assert 50 <= ana.id < 150


def test_no_two_people_share_a_canary(people: tuple[Person, ...]) -> None:
    canaries = [canary for person in people for canary in person.canaries]
    assert len(canaries) == len(set(canaries)) == 6 * 200


def test_another_run_has_other_people(people: tuple[Person, ...]) -> None:
    others = Canaries(invent_people(200, Random(8)))
    assert others.find_people(repr(people).encode()) == frozenset()


def test_each_canary_alone_gives_its_person_away(people: tuple[Person, ...]) -> None:
    canaries, bob = Canaries(people), get_person(people, "Bob")
    for canary in bob.canaries:
        assert canaries.find_people(canary.encode()) == {bob.id}, canary


@pytest.mark.parametrize(
    "wrap",
    [
        "<{}>", "%20{}", "\\n{}", "x{}x", "9{}9", '{{"a":"{}"}}', "a\r\n{}\r\n",
    ],
)  # fmt: skip
def test_what_stands_around_a_canary_hides_nothing(people: tuple[Person, ...], wrap: str) -> None:
    canaries, bob = Canaries(people), get_person(people, "Bob")
    for canary in bob.canaries:
        assert bob.id in canaries.find_people(wrap.format(canary).encode()), (wrap, canary)


def test_case_hides_nothing(people: tuple[Person, ...]) -> None:
    canaries, bob = Canaries(people), get_person(people, "Bob")
    assert canaries.find_people(bob.name.upper().encode()) == {bob.id}
    assert canaries.find_people(quote(bob.name).encode()) == {bob.id}


def test_a_masked_person_is_not_found(people: tuple[Person, ...]) -> None:
    bob = get_person(people, "Bob")
    shown = {"name": "***", "email": f"{bob.email[0]}***@mail.example", "card": "*" * 12 + bob.payment_card[-4:]}
    assert Canaries(people).find_people(json.dumps(shown).encode()) == frozenset()


def test_nothing_is_found_in_nothing(people: tuple[Person, ...]) -> None:
    assert Canaries(people).find_people(b"") == frozenset()


def test_a_card_number_has_sixteen_digits(people: tuple[Person, ...]) -> None:
    assert all(len(person.payment_card) == CARD_DIGITS and person.payment_card.isdigit() for person in people)
