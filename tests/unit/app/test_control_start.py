"""What control is told when it starts."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from firstclass.app.control_start import TURN_SECONDS, ControlConfiguration, turn_within


@pytest.mark.parametrize("most_age", [1, 5, 29, 31, 600, None])
def test_a_directory_that_may_not_be_old_gets_several_signs_within_its_time(most_age):
    turn = turn_within(most_age)
    assert 0 < turn <= TURN_SECONDS
    assert most_age is None or turn * 3 <= most_age


def test_what_is_told_is_read_as_it_was_meant(tmp_path):
    process = SimpleNamespace(stdin=io.BytesIO())
    told = ControlConfiguration(Path(tmp_path), 7, "root", turn_within(4))
    told.tell(process)
    assert ControlConfiguration.parse(process.stdin.getvalue()) == told
