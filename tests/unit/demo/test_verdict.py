"""The verdict believes bytes and the state of the shop, never status codes."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from firstclass.demo.people import Canaries, get_person, invent_people
from firstclass.demo.verdict import Run, ShopState, Verdict, card_pieces, judge

PEOPLE = invent_people(40, Random(3))
ANA, BOB = get_person(PEOPLE, "Ana"), get_person(PEOPLE, "Bob")
CANARIES = Canaries(PEOPLE)
UNTOUCHED = ShopState(ordered_for_bob=False, ana_is_admin=False)
MASKED = {"name": ANA.name, "email": "b***@mail.example", "birthday": "***", "paymentCard": "***"}
REFUSED = b'{"reason":"foreign_object"}'


def run_of(**answers: list[Any]) -> Run:
    """A run in which each step received these answers."""
    steps: dict[str, Any] = {}
    received: dict[str, bytes] = {}
    own = {"customer": MASKED, "cards": [{"message": ANA.greeting}]}
    for name, values in {"own_cards": [own], "walk": [REFUSED], **answers}.items():
        texts = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
        received[name] = b"".join(texts)
        steps[name] = {
            "lengths": [len(text) for text in texts], "first_status": 404 if texts[0] == REFUSED else 200,
            "first_reason": "foreign_object" if texts[0] == REFUSED else None,
        }  # fmt: skip
    return Run(steps, received)


def judged(state: ShopState = UNTOUCHED, **answers: list[Any]) -> Verdict:
    return judge(run_of(**answers), state, ANA, CANARIES)


def test_a_protected_run_shows_ana_alone_and_masked() -> None:
    verdict = judged()
    assert verdict.people == {ANA.id}
    assert (verdict.about_ana, verdict.exposed, verdict.masked, verdict.reads_own) == (1, 0, True, True)


def test_one_canary_of_another_in_any_step_is_a_leak() -> None:
    for canary in BOB.canaries:
        assert judged(debug=[canary.encode()]).people == {ANA.id, BOB.id}


def test_data_inside_a_refusal_counts_as_left() -> None:
    verdict = judged(walk=[REFUSED, b"HTTP/1.1 404 X\r\nX-Debug: " + BOB.surname.encode()])
    assert verdict.others("walk", ANA) == 1


def test_a_step_that_shows_only_ana_reaches_nobody() -> None:
    assert judged(walk=[ANA.surname.encode()]).others("walk", ANA) == 0


def test_ana_is_counted_among_many() -> None:
    assert judged(walk=[ANA.surname.encode(), BOB.surname.encode()]).others("walk", ANA) == 2


@pytest.mark.parametrize("secret", [ANA.birthday, ANA.mailbox, ANA.payment_card, ANA.payment_card[3:9]])
def test_a_readable_secret_of_ana_herself_is_exposed(secret: str) -> None:
    verdict = judged(own_data=[{"name": ANA.name, "x": secret}])
    assert (verdict.exposed, verdict.masked) == (1, False)


def test_the_last_four_digits_are_no_secret_piece() -> None:
    assert judged(own_data=[{"name": ANA.name, "x": "*" * 12 + ANA.payment_card[-4:]}]).exposed == 0


def test_fields_that_are_simply_absent_are_not_called_masked() -> None:
    assert not judged(own_cards=[{"message": ANA.greeting}]).masked


def test_a_secret_across_the_seam_of_two_answers_is_none() -> None:
    half = len(ANA.birthday) // 2
    answers = [f"{ANA.surname} {ANA.birthday[:half]}".encode(), f"{ANA.birthday[half:]} {ANA.surname}".encode()]
    assert judged(own_data=answers).exposed == 0


def test_reading_ones_own_needs_the_very_card() -> None:
    assert not judged(own_cards=[{"cards": []}]).reads_own
    assert not judged(own_cards=[REFUSED]).reads_own


def test_the_reason_is_the_one_received() -> None:
    assert run_of().reason("walk") == "foreign_object"
    assert run_of(walk=[{"ok": 1}]).reason("walk") == "200"


def test_a_card_number_has_eleven_telling_pieces() -> None:
    assert len(card_pieces(ANA.payment_card)) == 11
