"""What lies in the data directory of a running gateway is on the page about it."""

from __future__ import annotations

import re
from pathlib import Path

from operated import Operated, wait_until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "data-directory.md"


def test_every_file_is_documented(shared: Operated) -> None:
    shared.call("GET", "/v1/open")
    wait_until("an event", lambda: list(shared.data.glob("events/*.jsonl")))
    documented = set(re.findall(r"`([^`]+)`", PAGE.read_text()))
    found = {path.relative_to(shared.data).as_posix() for path in shared.data.rglob("*") if not path.is_dir()}
    named = {re.sub(r"^events/\d{8}T\d\d", "events/YYYYMMDDTHH", name) for name in found}
    unknown = [name for name in named if name not in documented and not name.startswith("engine/bundles/")]
    assert "store.db" in named and unknown == []
