"""Issuers, plans and products, found by the names of their entries."""

import pytest

from firstclass.model.errors import Exit, FirstclassError
from firstclass.model.plans import Plan, Product
from firstclass.storage import Store


def test_they_are_listed_and_found_by_name(store: Store):
    with store.change("test", "apply") as change:
        for name in ("gold", "basic"):
            change.put_plan(Plan(name, ()))
    with store.read() as reader:
        assert [plan.name for plan in reader.plans.all()] == ["basic", "gold"]
        assert reader.plans.get("gold") == reader.plans.find("gold") == Plan("gold", ())
        assert reader.plans.find("golden") is None and reader.products.all() == []


def test_what_is_not_there_is_told_with_the_name_that_was_meant(store: Store):
    with store.change("test", "apply") as change:
        change.put_product(Product("reading", "library", ("getMember",), None))
    with store.read() as reader:
        for nouns, name, hint in (
            (reader.products, "readin", "did you mean 'reading'?"),
            (reader.issuers, "people", "add it to `issuers` in firstclass.yaml and run firstclass apply"),
        ):
            with pytest.raises(FirstclassError) as caught:
                nouns.get(name)
            assert (caught.value.exit_code, caught.value.hint) == (Exit.NOT_FOUND, hint)
