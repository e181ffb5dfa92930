"""Base62 and bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstclass.base.randomness import BASE62, base62, random_bytes


@given(st.integers(0, 62**8 - 1))
def test_base62_can_be_read_back(number: int):
    text = base62(number, 8)
    assert len(text) == 8 and sum(BASE62.index(c) * 62**i for i, c in enumerate(reversed(text))) == number


@pytest.mark.parametrize("number", [-1, 62**2])
def test_what_does_not_fit_is_refused(number: int):
    with pytest.raises(ValueError):
        base62(number, 2)


def test_bytes_are_as_many_as_asked_for():
    assert len(random_bytes(10)) == 10 and random_bytes(16) != random_bytes(16)
