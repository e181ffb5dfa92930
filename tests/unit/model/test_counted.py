"""Numbers with their nouns."""

import pytest

from firstclass.model.counted import counted


@pytest.mark.parametrize(("count", "words"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (182044, "182044 calls")])
def test_one_of_a_thing_is_no_plural(count, words):
    assert counted(count, "call") == words
