"""Products in the store: how they are found, and how one is written or removed (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from firstclass.model.errors import not_found
from firstclass.model.plans import Product
from firstclass.storage.schema import products as table
from firstclass.storage.suggestion import suggest
from firstclass.storage.text import to_json, upsert, words


class Products:
    """What a reader can ask about products."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def find(self, name: str) -> Product | None:
        """By name; None if there is none."""
        found = self._select(table.c.name == name)
        return found[0] if found else None

    def get(self, name: str) -> Product:
        """By name.

        Raises:
            FirstclassError: not_found, with the name that was probably meant.
        """
        found = self.find(name)
        if found is None:
            hint = suggest(name, (product.name for product in self.all()))
            raise not_found("product", name, hint or "add it to `products` in firstclass.yaml and run firstclass apply")
        return found

    def all(self) -> list[Product]:
        """By name."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Product]:
        wanted = select(table).where(table.c.tenant == self._tenant, *conditions).order_by(table.c.name)
        return [
            Product(name=row.name, api=row.api, operations=words(row.operations), plan=row.plan, tenant=row.tenant)
            for row in self._connection.execute(wanted)
        ]


def write(connection: Connection, product: Product) -> None:
    """Insert or update the row."""
    row = {"tenant": product.tenant, "name": product.name, "api": product.api, "plan": product.plan}
    upsert(connection, table, row | {"operations": to_json(product.operations)})


def remove(connection: Connection, product: Product) -> None:
    """Delete the row."""
    connection.execute(delete(table).where(table.c.tenant == product.tenant, table.c.name == product.name))
