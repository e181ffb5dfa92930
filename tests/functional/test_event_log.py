"""The event log over real files: what a full disk took half of, what a busy hour leaves, what a person put there."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firstclass.storage.events import EventLog, request_time

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
# A process whose files end at 3,000 bytes: writing on takes what fits, then fails, as on a full disk.
FULL = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
from firstclass.storage.events import EventLog
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
log, now = EventLog(Path(sys.argv[1])), datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
for number in range(9):
    try:
        log.append([{"request_id": sys.argv[2 + number], "filler": "x" * 700}], now)
    except OSError:
        print(number)
"""


def id_at(time: datetime, number: int) -> str:
    milliseconds = f"{int(time.timestamp() * 1000):012x}"
    return f"req_{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-{number:012x}"


def test_a_disk_that_fills_up_leaves_whole_events(tmp_path: Path) -> None:
    ids = [id_at(NOW, number) for number in range(9)]
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path), *ids], capture_output=True, text=True, check=True)
    failed = [int(line) for line in done.stdout.split()]
    assert failed == [3, 4, 5, 6, 7, 8]
    lines = (tmp_path / "20261124T10.jsonl").read_text().splitlines()
    assert [json.loads(line)["request_id"] for line in lines] == ids[:3]
    log = EventLog(tmp_path)
    log.append([{"request_id": ids[8]}], NOW)
    assert log.find(ids[8]) == {"request_id": ids[8]}


def test_one_busy_hour_is_bounded_too(tmp_path: Path) -> None:
    log, bound = EventLog(tmp_path, max_bytes=64_000), 64_000
    for number in range(500):
        log.append([{"request_id": id_at(NOW, number), "filler": "x" * 400}], NOW)
    held = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert held <= bound + 2 * bound // 16
    assert log.find(id_at(NOW, 499)) is not None, "the newest stays"
    assert log.find(id_at(NOW, 0)) is None, "the oldest went"
    recent = [number for number in range(500) if log.find(id_at(NOW, number)) is not None]
    assert recent == list(range(recent[0], 500)), "whole segments, from the oldest on"


def test_what_earlier_processes_left_counts(tmp_path: Path) -> None:
    for hour in range(20):
        EventLog(tmp_path, max_bytes=6400).append(
            [{"request_id": id_at(NOW, hour), "filler": "x" * 1000}], NOW + timedelta(hours=hour)
        )
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 6400 + 1200


def test_a_stranger_among_the_segments_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "20261124T10-copy.jsonl").write_text("mine\n")
    log = EventLog(tmp_path, max_bytes=1600)
    for number in range(5):
        log.append([{"request_id": id_at(NOW, number)}], NOW)
    assert log.find(id_at(NOW, 4)) is not None
    assert request_time(id_at(NOW, 4)) == NOW
