"""Grades: a table of what leads to what."""

import pytest

from firstclass.inventory import GRADES, grade, is_below
from firstclass.inventory.grading import worst_of
from firstclass.inventory.harms import Harm

GRAVE, SERIOUS, SLIGHT = "no_credential", "id_walkable", "text_unbounded"


def touching(code, *operations):
    return Harm(code, "m", "f", 1, 1, "", (), "", frozenset(operations), "")


@pytest.mark.parametrize(
    ("harms", "errors", "expected"),
    [
        ([], 0, "A"),
        ([touching(SLIGHT, 0, 1)], 0, "A"),
        ([touching(SLIGHT, *range(20))], 0, "B"),
        ([touching(SERIOUS, 0, 1)], 0, "B"),
        ([touching(SERIOUS, 0, 1, 2)], 0, "C"),
        ([touching(SERIOUS, *range(20))], 0, "D"),
        ([touching(GRAVE, 0)], 0, "C"),
        ([touching(GRAVE, 0), touching(GRAVE, 1, 2)], 0, "D"),
        ([touching(GRAVE, *range(10))], 0, "E"),
        ([touching(GRAVE, *range(15))], 0, "F"),
        ([], 1, "B"),
        ([], 50, "B"),
        ([touching(GRAVE, 0)], 1, "D"),
        ([touching(GRAVE, *range(20))], 9, "F"),
        ([touching("plain_http")], 0, "A"),
    ],
)
def test_of_twenty_operations(harms, errors, expected):
    assert grade(harms, 20, errors=errors, is_readable=True) == expected


def test_what_cannot_be_read_has_the_worst():
    assert grade([], 20, errors=1, is_readable=False) == grade([], 0, errors=0, is_readable=True) == "F"


def test_the_order_of_harms_changes_nothing():
    harms = [touching(GRAVE, 0), touching(SERIOUS, 1, 2, 3), touching(SLIGHT, 4)]
    assert grade(harms, 20, errors=0, is_readable=True) == grade(harms[::-1], 20, errors=0, is_readable=True)


def test_grades_are_compared():
    assert is_below("C", "B") and not is_below("B", "B") and not is_below("A", "B")
    assert worst_of(["A", "D", "B"]) == "D" and worst_of([]) == "F" and GRADES == "ABCDEF"
