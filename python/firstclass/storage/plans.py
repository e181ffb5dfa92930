"""Plans in the store: how they are found, and how one is written or removed (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from firstclass.model.errors import not_found
from firstclass.model.plans import Limit, Plan
from firstclass.storage.schema import plans as table
from firstclass.storage.suggestion import suggest
from firstclass.storage.text import from_json, to_json, upsert


class Plans:
    """What a reader can ask about plans."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def find(self, name: str) -> Plan | None:
        """By name; None if there is none."""
        found = self._select(table.c.name == name)
        return found[0] if found else None

    def get(self, name: str) -> Plan:
        """By name.

        Raises:
            FirstclassError: not_found, with the name that was probably meant.
        """
        found = self.find(name)
        if found is None:
            hint = suggest(name, (plan.name for plan in self.all()))
            raise not_found("plan", name, hint or "add it to `plans` in firstclass.yaml and run firstclass apply")
        return found

    def all(self) -> list[Plan]:
        """By name."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Plan]:
        wanted = select(table).where(table.c.tenant == self._tenant, *conditions).order_by(table.c.name)
        return [_plan(row) for row in self._connection.execute(wanted)]


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
