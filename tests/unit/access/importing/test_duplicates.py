"""Whose a key is, before anything is written."""

from firstclass.access.importing.duplicates import with_own_keys
from firstclass.access.importing.foreign import Consumer, Foreign
from firstclass.model.errors import Where


def kept(*rows):
    foreign = Foreign("export.yaml")
    for line, (name, *texts) in enumerate(rows, 1):
        at = Where("export.yaml", line)
        foreign.consumers.append(Consumer(name, at, None, tuple(foreign.read_key(text, at) for text in texts)))
    return {(each.name, len(each.keys)) for each in with_own_keys(foreign)}, [each.what for each in foreign.lost]


def test_a_key_stays_with_its_one_consumer():
    assert kept(("kiosk", "A", "A", "B"), ("kiosk", "A")) == ({("kiosk", 2), ("kiosk", 1)}, [])


def test_a_key_of_two_is_nobodys():
    found, told = kept(("kiosk", "A", "B"), ("desk", "A"))
    assert found == {("kiosk", 1), ("desk", 0)}
    assert told == ["a key that several consumers have: …: 2 of them: kiosk (line 1); desk (line 2)"]


def test_a_name_that_is_a_key_is_left_out():
    assert kept(("kiosk", "A"), ("A", "B")) == ({("kiosk", 1)}, ["a consumer whose name is a key"])
