"""Plans and products as people list them; `apply` alone writes them."""

from __future__ import annotations

from firstclass.model.plans import Plan, Product
from firstclass.model.subscriptions import APPROVED
from firstclass.storage import Store


def list_plans(store: Store) -> list[tuple[Plan, int]]:
    """Every plan by name, and how many subscriptions are under it."""
    with store.read() as reader:
        used = [s.plan for s in reader.subscriptions.all() if s.state == APPROVED]
        return [(plan, used.count(plan.name)) for plan in reader.plans.all()]


def get_plan(store: Store, name: str) -> tuple[Plan, int]:
    """One of them.

    Raises:
        FirstclassError: not_found.
    """
    with store.read() as reader:
        plan = reader.plans.get(name)
        used = [s for s in reader.subscriptions.all() if s.state == APPROVED and s.plan == name]
        return plan, len(used)


def list_products(store: Store) -> list[tuple[Product, int]]:
    """Every product by name, and how many subscriptions are to it."""
    with store.read() as reader:
        used = [s.product for s in reader.subscriptions.all() if s.state == APPROVED]
        return [(product, used.count(product.name)) for product in reader.products.all()]


def get_product(store: Store, name: str) -> tuple[Product, int]:
    """One of them.

    Raises:
        FirstclassError: not_found.
    """
    with store.read() as reader:
        product = reader.products.get(name)
        used = [s for s in reader.subscriptions.all() if s.state == APPROVED and s.product == name]
        return product, len(used)
