"""Third-party test data, and the door to the modules beside the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """`FIRSTCLASS_TEST_DATA`, else `../shared/data` beside the repository."""
    named = os.environ.get("FIRSTCLASS_TEST_DATA")  # noqa: TID251 - where the test data lies is no setting
    place = Path(named) if named else ROOT.parent / "shared" / "data"
    # CI that has the folder beside the checkout must not pass because the data in it is gone.
    if not place.is_dir() and place.parent.is_dir() and os.environ.get("CI") == "true":  # noqa: TID251 - as above
        pytest.fail(f"{place} is absent, although {place.parent} is there")
    if not place.is_dir():
        pytest.skip(f"third-party test data is absent: {place} (FIRSTCLASS_TEST_DATA names another place)")
    return place
