"""Gateways as an operator runs them: real processes on loopback, judged by what they print, answer and leave behind."""

from __future__ import annotations

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
def site(tmp_path: Path, origin: Origin) -> Iterator[Operated]:
    """A directory with a configuration and a contract; whatever is started in it is gone at the end."""
    site = Operated(tmp_path, origin)
    yield site
    site.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Iterator[Operated]:
    """A running gateway for the tests of one file that disturb nothing."""
    site = Operated(tmp_path_factory.mktemp("shared"), origin)
    site.start()
    yield site
    site.kill()
