"""A table of keys."""

import hashlib

import pytest

from firstclass.access.importing.foreign import Foreign
from firstclass.access.importing.table import read
from firstclass.model.errors import FirstclassError

HEAD = "application,owner,key,operations\n"


def parsed(written, content):
    return read(written("keys.csv", content), Foreign("keys.csv")).consumers


def test_each_line_is_a_key(written):
    first, second = parsed(written, HEAD + 'kiosk,k@example.com,OLD-1,getQuote\ndesk,,"OLD ""2""",getQuote getUser\n\n')
    assert (first.name, first.owner, first.operations) == ("kiosk", "k@example.com", ("getQuote",))
    assert second.owner is None and second.operations == ("getQuote", "getUser")
    assert second.keys[0].sha256 == hashlib.sha256(b'OLD "2"').digest() and second.where.line == 3


def test_columns_may_stand_in_any_order_and_semicolons_between_them(written):
    (row,) = parsed(written, "\ufeffKey; operations;Application;Owner;note\nK;a|b,c;desk;d@example.com;x\n")
    assert row.operations == ("a", "b", "c") and row.name == "desk"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("application,owner,key\nx,y,z\n", 1),
        (HEAD + "a,b,SECRET\n", 2),
        (HEAD + "a,b,c,d\n,b,SECRET,d\n", 3),
        (HEAD + "a,b,,d\n", 2),
        (HEAD + "a,b,SECRET,\n", 2),
        (HEAD + 'a,b,"SECRET"x,d\n', 2),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_the_key(written, content, line):
    with pytest.raises(FirstclassError) as caught:
        parsed(written, content)
    assert caught.value.where.line == line and "SECRET" not in str(caught.value.as_json())


def test_other_encodings_are_told(tmp_path):
    path = tmp_path / "keys.csv"
    path.write_bytes(HEAD.encode() + b"caf\xe9,b,SECRET,d\n")
    with pytest.raises(FirstclassError) as caught:
        read(path, Foreign("keys.csv"))
    assert caught.value.where.line == 2
