"""Products in the store: how they are found, and how one is written or removed (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete

from firstclass.model.plans import Product
from firstclass.storage.named import Named
from firstclass.storage.schema import products as table
from firstclass.storage.text import to_json, upsert, words


class Products(Named[Product]):
    """What a reader can ask about products."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        super().__init__(connection, tenant, table, "product", _product)


def write(connection: Connection, product: Product) -> None:
    """Insert or update the row."""
    row = {"tenant": product.tenant, "name": product.name, "api": product.api, "plan": product.plan}
    upsert(connection, table, row | {"operations": to_json(product.operations)})


def remove(connection: Connection, product: Product) -> None:
    """Delete the row."""
    connection.execute(delete(table).where(table.c.tenant == product.tenant, table.c.name == product.name))


def _product(row: Any) -> Product:
    return Product(name=row.name, api=row.api, operations=words(row.operations), plan=row.plan, tenant=row.tenant)
