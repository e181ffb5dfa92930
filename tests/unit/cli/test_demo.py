"""The demo stays up only where a person is there to look around."""

import pytest

from firstclass.cli.demo import stays_up


@pytest.mark.parametrize("ci", ["", "0", "False", "no"])
def test_a_person_at_a_terminal_can_look_around(ci):
    assert stays_up(ci, is_terminal=True)
    assert not stays_up(ci, is_terminal=False)


@pytest.mark.parametrize("ci", ["true", "1"])
def test_nobody_looks_around_in_ci(ci):
    assert not stays_up(ci, is_terminal=True)
