"""Names taken apart."""

import pytest

from firstclass.inventory.words import is_about_person, names_owner, singular, split


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerId", ("customer", "id")),
        ("customer_id", ("customer", "id")),
        ("APIKey", ("api", "key")),
        ("userID2", ("user", "id", "2")),
        ("größe-straße", ("grosse", "strasse")),
        ("/users/{userId}", ("users", "user", "id")),
        ("", ()),
        ("名前", ()),
    ],
)
def test_split(name, words):
    assert split(name) == words


@pytest.mark.parametrize(
    ("name", "is_owner"), [("customerId", True), ("owner_uuid", True), ("id", False), ("cardId", False)]
)
def test_an_owner_is_named_by_its_id(name, is_owner):
    assert names_owner(split(name)) is is_owner


@pytest.mark.parametrize(
    ("word", "one"),
    [("customers", "customer"), ("countries", "country"), ("addresses", "address"), ("status", "status")],
)
def test_singular(word, one):
    assert singular(word) == one


def test_people():
    assert is_about_person(("premium", "customer")) and not is_about_person(("product",))
