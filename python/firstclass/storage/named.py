"""What `firstclass.yaml` names, in the store: issuers, plans and products are found alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Table, select

from firstclass.model.errors import not_found
from firstclass.storage.suggestion import suggest


class _Noun(Protocol):
    @property
    def name(self) -> str: ...


Noun = TypeVar("Noun", bound=_Noun)


class Named(Generic[Noun]):
    """What a reader can ask about one kind of them: `word` is its name, `of_row` makes one of a row of its table."""

    def __init__(
        self, connection: Connection, tenant: str, table: Table, word: str, of_row: Callable[[Any], Noun]
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._table = table
        self._word = word
        self._of_row = of_row

    def find(self, name: str) -> Noun | None:
        """By the name of its entry in `firstclass.yaml`; None if there is none."""
        found = self._select(self._table.c.name == name)
        return found[0] if found else None

    def get(self, name: str) -> Noun:
        """By the name of its entry in `firstclass.yaml`.

        Raises:
            FirstclassError: not_found, with the name that was probably meant.
        """
        found = self.find(name)
        if found is None:
            hint = suggest(name, (noun.name for noun in self.all()))
            hint = hint or f"add it to `{self._word}s` in firstclass.yaml and run firstclass apply"
            raise not_found(self._word, name, hint)
        return found

    def all(self) -> list[Noun]:
        """By name."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Noun]:
        columns = self._table.c
        wanted = select(self._table).where(columns.tenant == self._tenant, *conditions).order_by(columns.name)
        return [self._of_row(row) for row in self._connection.execute(wanted)]
