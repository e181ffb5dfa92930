"""The report says what was received, in 80 columns, and calls a leak a leak."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from inline_snapshot import snapshot

from firstclass.demo.people import get_person, invent_people
from firstclass.demo.report import Access, Honest, Report, compare, name_people
from firstclass.demo.verdict import ATTACK_STEPS, Run, ShopState, Verdict

PEOPLE = invent_people(40, Random(3))
ANA = get_person(PEOPLE, "Ana")
ALL = frozenset(person.id for person in PEOPLE)
REASONS = ("foreign_object", "foreign_object", "body_invalid", "unknown_operation", "parameter_invalid")
ALONE = Verdict(
    reads_own=True, people_by_step=dict.fromkeys(ATTACK_STEPS, ALL), people=ALL, about_ana=9, exposed=9, masked=False,
    state=ShopState(ordered_for_bob=True, ana_is_admin=True),
)  # fmt: skip
THROUGH = Verdict(
    reads_own=True, people_by_step=dict.fromkeys(ATTACK_STEPS, frozenset({ANA.id})), people=frozenset({ANA.id}),
    about_ana=9, exposed=0, masked=True, state=ShopState(ordered_for_bob=False, ana_is_admin=False),
)  # fmt: skip
RUN = Run(
    {s: {"first_reason": r, "first_status": 404, "lengths": []} for s, r in zip(ATTACK_STEPS, REASONS, strict=True)}, {}
)
ACCESS = Access(
    "http://127.0.0.1:8080", "fc_live_" + "k" * 58, "/tmp/firstclass-demo-abcdefgh/firstclass.yaml",
    "req_01920000-0000-7000-8000-000000000000", "foreign_object, shop.overlay.yaml line 24",
)  # fmt: skip


def report_of(through: Verdict) -> Report:
    attacks = compare(ANA, 40, ((RUN, ALONE), (RUN, through)))
    return Report(
        reads_own=("ok", "ok"), attacks=attacks, people=(name_people(ALL, ANA), name_people(through.people, ANA)),
        leaked=[attack.leaked for attack in attacks if attack.leaked], honest=Honest(400, 0, 0.21),
        still_possible=["replay of Ana's sniffed requests (proof-of-possession tokens)"], access=ACCESS,
    )  # fmt: skip


def test_the_page_reads_as_promised() -> None:
    assert report_of(THROUGH).as_text(stays_up=True) == snapshot("""\
The attacker has the app from the store (key inside) and one account: Ana.
  same script, twice                    app alone        through Firstclass
  Ana reads her own cards               ok               ok
  1 customers 1, 2, 3 … 40              40 people        0   foreign_object
  2 an order on Bob's account           ordered          no  foreign_object
  3 card digits, birthdays, e-mail      in every answer  0   masked
  4 PATCH {"role": "admin"}             admin            no  body_invalid
  5 /debug/dump (in no contract)        whole database   no  unknown_operation
  6 name=' OR 1=1 --                    40 people        0   parameter_invalid
  people whose data left                40               1: Ana herself
  the honest app meanwhile: 400 calls, 0 refused, +0.2 ms at p99
  still possible, and what will close it: replay of Ana's sniffed requests
    (proof-of-possession tokens)
  why line 1   firstclass explain req_01920000-0000-7000-8000-000000000000 \\
    --config /tmp/firstclass-demo-abcdefgh/firstclass.yaml
    says: foreign_object, shop.overlay.yaml line 24
  call it      curl http://127.0.0.1:8080/designs -H \\
    X-API-Key:fc_live_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
  your own     firstclass init openapi.yaml --upstream http://localhost:4000
""")


def test_no_line_is_wider_than_a_terminal() -> None:
    for stays_up in (True, False):
        assert max(len(line) for line in report_of(THROUGH).as_text(stays_up).splitlines()) <= 80


def test_a_demo_that_ends_says_that_its_commands_ended_with_it() -> None:
    assert "while the demo stays up" in report_of(THROUGH).as_text(stays_up=False)


def test_the_document_has_the_promised_members() -> None:
    document = report_of(THROUGH).as_json()
    assert document["leaked"] == []
    assert [set(attack) for attack in document["attacks"]] == [{"name", "unprotected", "protected", "verdict"}] * 6
    assert [attack["verdict"] for attack in document["attacks"]] == snapshot(
        ["foreign_object", "foreign_object", "masked", "body_invalid", "unknown_operation", "parameter_invalid"]
    )
    assert document["still_possible"] == ["replay of Ana's sniffed requests (proof-of-possession tokens)"]


def test_every_way_of_leaking_is_called_one() -> None:
    others = dict.fromkeys(ATTACK_STEPS, frozenset({ANA.id}))
    broken = [
        replace(THROUGH, people_by_step={**others, "walk": frozenset({1, 2})}),
        replace(THROUGH, people_by_step={**others, "debug": frozenset({1})}),
        replace(THROUGH, people_by_step={**others, "inject": frozenset({1})}),
        replace(THROUGH, exposed=1, masked=False),
        replace(THROUGH, masked=False),
        replace(THROUGH, state=ShopState(ordered_for_bob=True, ana_is_admin=False)),
        replace(THROUGH, state=ShopState(ordered_for_bob=False, ana_is_admin=True)),
    ]
    for verdict in broken:
        report = report_of(verdict)
        assert len(report.leaked) == 1, verdict
        assert not report.is_clean
        assert "LEAKED" in report.as_text(stays_up=False)
        assert "got through" in report.as_text(stays_up=False)


def test_a_clean_report_needs_honest_calls_to_pass_too() -> None:
    clean = report_of(THROUGH)
    assert clean.is_clean
    assert not replace(clean, honest=Honest(400, 1, 0.0)).is_clean
    assert not replace(clean, reads_own=("ok", "refused")).is_clean


def test_what_is_still_possible_is_on_the_page() -> None:
    assert "still possible, and what will close it: replay" in report_of(THROUGH).as_text(stays_up=True)


def test_a_difference_that_one_run_cannot_tell_is_not_told() -> None:
    clean = report_of(THROUGH)
    for measured, told in (
        (0.04, "no measurable difference"),
        (-0.8, "no measurable difference"),
        (0.26, "+0.3 ms at p99"),
    ):
        page = replace(clean, honest=Honest(2000, 0, measured)).as_text(stays_up=True)
        assert f"2,000 calls, 0 refused, {told}\n" in page
        assert max(map(len, page.splitlines())) <= 80


def test_a_shell_that_does_not_know_the_command_is_told_how() -> None:
    setup = 'export PATH="$PWD/.venv/bin:$PATH"'
    page = replace(report_of(THROUGH), access=replace(ACCESS, setup=setup)).as_text(stays_up=True)
    assert f"  first        {setup}\n  why line 1 " in page
