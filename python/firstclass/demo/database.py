"""The sample shop's database, as unsafe as its kind is: SQL built by hand, any column writable.

Every fault here is the demo's subject. Copy nothing from this file.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from firstclass.demo.people import Person

TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, birthday TEXT, street TEXT, city TEXT,
                        payment_card TEXT, password_hash TEXT, role TEXT, notes TEXT);
CREATE TABLE cards (id INTEGER PRIMARY KEY, customer_id INTEGER, title TEXT, message TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, card_id INTEGER, quantity INTEGER);
CREATE INDEX customer_email ON customers (email);
CREATE INDEX customer_cards ON cards (customer_id);
"""
TITLES = ("Happy birthday", "Thank you")
Row = dict[str, Any]


class Database:
    """All rows of the shop, in memory. Used from the shop's one thread."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._connection = self._open()

    def reset(self) -> None:
        """Put everything back to what it was when the run began."""
        self._connection.close()
        self._connection = self._open()

    def select(self, sql: str) -> list[Row]:
        """Run whatever SQL text it is given, which is the fault."""
        return [dict(row) for row in self._connection.execute(sql)]

    def customer(self, where: str) -> Row | None:
        """The first customer that meets a condition, with every column."""
        rows = self.select(f"SELECT * FROM customers WHERE {where}")
        return rows[0] if rows else None

    def change_customer(self, number: int, changes: dict[str, Any]) -> None:
        """Write every property that was sent into the column of that name: mass assignment."""
        for name, value in changes.items():
            column = re.sub(r"([A-Z])", r"_\1", name).lower()
            text = str(value).replace("'", "''")
            self._connection.execute(f"UPDATE customers SET {column} = '{text}' WHERE id = {number}")

    def add_order(self, customer: int, card: int, quantity: int) -> int:
        """Take an order on anybody's account and return its number."""
        sql = f"INSERT INTO orders (customer_id, card_id, quantity) VALUES ({customer}, {card}, {quantity})"
        return int(self._connection.execute(sql).lastrowid or 0)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.executescript(TABLES)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'customer', 'pays late')",
            [
                (
                    p.id,
                    p.name,
                    p.email,
                    p.birthday,
                    f"{p.street_name.capitalize()} Lane 7",
                    p.city,
                    p.payment_card,
                    p.password_hash,
                )
                for p in self._people
            ],
        )
        connection.executemany(
            "INSERT INTO cards (customer_id, title, message) VALUES (?, ?, ?)",
            [(p.id, title, f"From all of us, {p.greeting}!") for p in self._people for title in TITLES],
        )
        connection.execute("COMMIT")
        return connection
