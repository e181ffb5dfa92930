"""Gateways as an operator runs them: real processes on loopback, judged by what they print, answer and leave behind."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from operated import Operated, Origin


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """The API behind every gateway here."""
    with Origin() as origin:
        yield origin


@pytest.fixture
def fresh(tmp_path: Path, origin: Origin) -> Iterator[Operated]:
    """A directory with a configuration and a contract, and no data; whatever is started in it is gone at the end."""
    site = Operated(tmp_path, origin)
    yield site
    site.kill()


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Operated:
    """A site whose files were applied once. Never changed: making a store takes longer than copying one."""
    site = Operated(tmp_path_factory.mktemp("seed"), origin)
    site.json("apply")
    return site


@pytest.fixture
def site(fresh: Operated, seed: Operated) -> Operated:
    """As `fresh`, with its files applied."""
    shutil.copytree(seed.data, fresh.data)
    return fresh


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, origin: Origin, seed: Operated) -> Iterator[Operated]:
    """A running gateway for the tests of one file that disturb nothing."""
    site = Operated(tmp_path_factory.mktemp("shared"), origin)
    shutil.copytree(seed.data, site.data)
    site.start()
    yield site
    site.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, origin: Origin, seed: Operated) -> Operated:
    """A site whose gateway ran once: the engine holds a bundle and a key. Never changed; tests take a copy."""
    site = Operated(tmp_path_factory.mktemp("served"), origin)
    shutil.copytree(seed.data, site.data)
    site.start()
    site.environment["THE_KEY"] = site.key_for("desk", "getNote")
    site.until_status(200, "/v1/notes/7", site.environment["THE_KEY"])
    assert site.stop() == 0
    return site


@pytest.fixture
def copy(served: Operated, tmp_path: Path) -> Iterator[Operated]:
    """A copy of it, with no gateway running."""
    site = Operated(tmp_path, served.origin)
    shutil.copytree(served.data, site.data, ignore=shutil.ignore_patterns("control.sock"))
    site.environment = dict(served.environment)
    yield site
    site.kill()
