"""The bytes that are hashed and signed."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from firstclass.compiler.encoding import as_text, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_names_are_sorted_and_nothing_is_wasted():
    assert encode({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'.encode()


def test_numbers_are_written_as_they_were_read():
    assert as_text([Decimal("0.10"), Decimal("1E+400"), 10**30]) == "[0.10,1E+400,1000000000000000000000000000000]"
    assert json.loads(as_text([Decimal("1E-7")])) == [1e-07]


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_what_is_written_reads_back_the_same(value):
    assert json.loads(encode(value)) == value
