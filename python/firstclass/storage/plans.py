"""Plans in the store: how they are found, and how one is written or removed (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete

from firstclass.model.plans import Limit, Plan
from firstclass.storage.named import Named
from firstclass.storage.schema import plans as table
from firstclass.storage.text import from_json, to_json, upsert


class Plans(Named[Plan]):
    """What a reader can ask about plans."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        super().__init__(connection, tenant, table, "plan", _plan)


def write(connection: Connection, plan: Plan) -> None:
    """Insert or update the row."""
    limits = [vars(limit) | {"by": list(limit.by)} for limit in plan.limits]
    upsert(connection, table, {"tenant": plan.tenant, "name": plan.name, "limits": to_json(limits)})


def remove(connection: Connection, plan: Plan) -> None:
    """Delete the row."""
    connection.execute(delete(table).where(table.c.tenant == plan.tenant, table.c.name == plan.name))


def _plan(row: Any) -> Plan:
    limits = tuple(Limit(**(members | {"by": tuple(members["by"])})) for members in from_json(row.limits))
    return Plan(name=row.name, limits=limits, tenant=row.tenant)
