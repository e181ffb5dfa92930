"""Products in the store."""

import pytest

from firstclass.model.errors import FirstclassError
from firstclass.model.plans import Product

READING = Product("reading", "library", ("getMember", "listMembers"), "basic")


def test_a_product_is_read_as_it_was_written_and_engines_do_not_hear_of_it(store):
    with store.change("test", "apply") as change:
        change.put_product(READING)
    with store.read() as reader:
        assert reader.products.get("reading") == READING and reader.directory() == []
    assert [(row.type, row.is_directory) for row in store.directory_changes(0)] == [("product", False)]
    with store.change("test", "apply") as change:
        change.remove_product(READING)
    with store.read() as reader:
        assert reader.products.all() == []


def test_an_unknown_product_is_not_found(store):
    with store.read() as reader, pytest.raises(FirstclassError) as wrong:
        reader.products.get("reading")
    assert wrong.value.exit_code == 4 and "products" in wrong.value.hint
