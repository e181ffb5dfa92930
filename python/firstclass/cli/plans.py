"""`firstclass plans`: conditions of subscriptions, as `apply` wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, table
from firstclass.model.counted import counted

if TYPE_CHECKING:
    from firstclass.model.plans import Plan

app = typer.Typer(add_completion=False, help="Conditions of subscriptions: rates, quotas, concurrency.")


@app.command("list")
def list_() -> None:
    """List every plan; they stand in firstclass.yaml."""
    from firstclass.access.plans import list_plans

    found = list_plans(current().store())
    rows = [
        {"name": plan.name, "limits": "; ".join(limit.in_words() for limit in plan.limits), "subscriptions": used}
        for plan, used in found
    ]
    items = [document(plan, used) for plan, used in found]
    emit({"items": items, "next": None}, table(rows, ["name", "limits", "subscriptions"], "there is no plan yet"))


@app.command()
def show(plan: Annotated[str, typer.Argument(metavar="PLAN", help="Its name.")]) -> None:
    """Show one plan."""
    from firstclass.access.plans import get_plan

    found, used = get_plan(current().store(), plan)
    lines = [f"{found.name}  {counted(used, 'subscription')}", *(f"  {limit.in_words()}" for limit in found.limits)]
    emit(document(found, used), lines)


def document(plan: Plan, subscriptions: int) -> dict[str, Any]:
    """Its members with `--json`; `limit` is the text of `firstclass.yaml`."""
    limits = [{"kind": limit.kind, "limit": str(limit), "operation": limit.operation} for limit in plan.limits]
    return {"name": plan.name, "limits": limits, "subscriptions": subscriptions}
