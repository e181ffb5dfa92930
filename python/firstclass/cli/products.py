"""`firstclass products`: operations that are offered together, as `apply` wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, table

if TYPE_CHECKING:
    from firstclass.model.plans import Product

app = typer.Typer(add_completion=False, help="Operations that are offered together.")


@app.command("list")
def list_() -> None:
    """List every product; they stand in firstclass.yaml."""
    from firstclass.access.plans import list_products

    items = [document(product, used) for product, used in list_products(current().store())]
    columns = ["name", "api", "operations", "plan", "subscriptions"]
    emit({"items": items, "next": None}, table(items, columns, "there is no product yet"))


@app.command()
def show(product: Annotated[str, typer.Argument(metavar="PRODUCT", help="Its name.")]) -> None:
    """Show one product."""
    from firstclass.access.plans import get_product

    members = document(*get_product(current().store(), product))
    emit(members, [f"{name:<13}  {value}" for name, value in members.items() if value is not None])


def document(product: Product, subscriptions: int) -> dict[str, Any]:
    """Its members with `--json`."""
    return {
        "name": product.name,
        "api": product.api,
        "operations": list(product.operations),
        "plan": product.plan,
        "subscriptions": subscriptions,
    }
