"""A store and a keyring in one data directory, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firstclass.identity.keyring import Keyring
from firstclass.model.applications import Application
from firstclass.storage import Store


@dataclass
class SetClock:
    """A clock that stands until it is moved."""

    time: datetime = datetime(2031, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path, clock: SetClock) -> Iterator[Store]:
    store = Store.open(data, clock)
    with store.change("test", "application.create") as change:
        for name in ("desk", "kiosk"):
            made = Application(f"app_{name}", name, f"{name}@example.com", "server", True, change.now)
            change.put_application(made)
    yield store
    store.close()


@pytest.fixture
def keyring(data: Path) -> Keyring:
    return Keyring.open(data)
