"""Subscriptions in the store: how they are found, and how one is written (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from firstclass.base.clock import format_time, parse_time
from firstclass.model.errors import not_found
from firstclass.model.subscriptions import Subscription
from firstclass.storage.schema import subscriptions as table
from firstclass.storage.text import from_time, to_json, to_time, upsert, words


class Subscriptions:
    """What a reader can ask about subscriptions."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def find(self, id: str) -> Subscription | None:  # noqa: A002 - the noun's own word
        """By id; None if there is none."""
        found = self._select(table.c.id == id)
        return found[0] if found else None

    def get(self, id: str) -> Subscription:  # noqa: A002
        """By id.

        Raises:
            FirstclassError: not_found.
        """
        found = self.find(id)
        if found is None:
            raise not_found("subscription", id, "firstclass subscriptions list APPLICATION")
        return found

    def of(self, application: str) -> list[Subscription]:
        """Of one application (its id), in the order of their creation."""
        return self._select(table.c.application == application)

    def all(self) -> list[Subscription]:
        """In the order of their creation."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Subscription]:
        wanted = select(table).where(table.c.tenant == self._tenant, *conditions).order_by(table.c.id)
        return [
            Subscription(
                id=row.id,
                application=row.application,
                api=row.api,
                operations=words(row.operations),
                unmask=words(row.unmask),
                plan=row.plan,
                product=row.product,
                own_plan=row.own_plan,
                state=row.state,
                managed=row.managed,
                created_at=parse_time(row.created_at),
                until=from_time(row.until),
                tenant=row.tenant,
            )
            for row in self._connection.execute(wanted)
        ]


def write(connection: Connection, subscription: Subscription) -> None:
    """Insert or update the row."""
    upsert(
        connection,
        table,
        {
            "id": subscription.id,
            "tenant": subscription.tenant,
            "application": subscription.application,
            "api": subscription.api,
            "operations": to_json(subscription.operations),
            "unmask": to_json(subscription.unmask),
            "plan": subscription.plan,
            "product": subscription.product,
            "own_plan": subscription.own_plan,
            "state": subscription.state,
            "managed": subscription.managed,
            "created_at": format_time(subscription.created_at),
            "until": to_time(subscription.until),
        },
    )
