"""Applications in the store: how they are found, and how one is written (by a `Change` only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from firstclass.base.clock import format_time, parse_time
from firstclass.model.applications import Application, Client
from firstclass.model.errors import FirstclassError, not_found
from firstclass.storage.schema import application_clients as clients
from firstclass.storage.schema import applications as table
from firstclass.storage.suggestion import suggest
from firstclass.storage.text import upsert


class Applications:
    """What a reader can ask about applications."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def find(self, name_or_id: str) -> Application | None:
        """By id or by name; None if there is none. An id wins over a name (names cannot look like ids)."""
        found = self._select(or_(table.c.id == name_or_id, table.c.name == name_or_id))
        return found[0] if found else None

    def get(self, name_or_id: str) -> Application:
        """By id or by name.

        Raises:
            FirstclassError: not_found, with the name that was probably meant.
        """
        found = self.find(name_or_id)
        if found is None:
            names = self._connection.scalars(select(table.c.name).where(table.c.tenant == self._tenant))
            raise not_found("application", name_or_id, suggest(name_or_id, names))
        return found

    def find_by_client(self, issuer: str, client_id: str) -> Application | None:
        """The application that an issuer's tokens call `client_id`."""
        row = self._connection.execute(
            select(clients.c.application).where(
                clients.c.tenant == self._tenant, clients.c.issuer == issuer, clients.c.client_id == client_id
            )
        ).first()
        return None if row is None else self.find(row.application)

    def all(self) -> list[Application]:
        """In the order of their creation."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Application]:
        wanted = select(table).where(table.c.tenant == self._tenant, *conditions).order_by(table.c.id)
        rows = self._connection.execute(wanted).all()
        known = select(clients).where(clients.c.tenant == self._tenant)
        if len(rows) == 1:
            known = known.where(clients.c.application == rows[0].id)
        called: dict[str, list[Client]] = {}
        for row in self._connection.execute(known.order_by(clients.c.issuer, clients.c.client_id)) if rows else ():
            called.setdefault(row.application, []).append(Client(row.issuer, row.client_id))
        return [
            Application(
                id=row.id,
                name=row.name,
                owner=row.owner,
                kind=row.kind,
                enabled=row.enabled,
                managed=row.managed,
                created_at=parse_time(row.created_at),
                tenant=row.tenant,
                clients=tuple(called.get(row.id, ())),
            )
            for row in rows
        ]


def write(connection: Connection, application: Application) -> None:
    """Insert or update the row and its clients.

    Raises:
        FirstclassError: name_taken or client_taken by another application.
    """
    known = Applications(connection, application.tenant)
    named = known.find(application.name)
    if named is not None and named.id != application.id:
        hint = f"firstclass applications show {named.id}"
        raise FirstclassError("name_taken", f"there is an application {application.name!r} already", hint=hint)
    for client in application.clients:
        called = known.find_by_client(client.issuer, client.client_id)
        if called is not None and called.id != application.id:
            message = f"{client.client_id!r} of {client.issuer!r} is the application {called.name!r} already"
            raise FirstclassError("client_taken", message, hint="one client id speaks for one application")
    row = {
        "id": application.id,
        "tenant": application.tenant,
        "name": application.name,
        "owner": application.owner,
        "kind": application.kind,
        "enabled": application.enabled,
        "managed": application.managed,
        "created_at": format_time(application.created_at),
    }
    upsert(connection, table, row)
    connection.execute(delete(clients).where(clients.c.application == application.id))
    for client in application.clients:
        of = {"tenant": application.tenant, "application": application.id}
        connection.execute(insert(clients).values(issuer=client.issuer, client_id=client.client_id, **of))
