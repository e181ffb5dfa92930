"""A store on a real file, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

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
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    store = Store.open(tmp_path / "data", clock)
    yield store
    store.close()


def put_application(store: Store, name: str) -> Application:
    with store.change("test", "application.create") as change:
        application = Application(f"app_{name}", name, f"{name}@example.com", "server", True, change.now)
        change.put_application(application)
    return application


@pytest.fixture
def put(store: Store) -> Callable[[str], Application]:
    return lambda name: put_application(store, name)


@pytest.fixture
def desk(store: Store) -> Application:
    return put_application(store, "desk")
