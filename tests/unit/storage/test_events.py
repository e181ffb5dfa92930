"""The event log as people read it: found by id, and tolerant of what a killed process left."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firstclass.storage.events import EventLog, request_time

NOW = datetime(2026, 11, 24, 10, 59, 59, tzinfo=UTC)
MILLISECONDS = f"{int(NOW.timestamp() * 1000):012x}"
ID = f"req_{MILLISECONDS[:8]}-{MILLISECONDS[8:]}-7abc-8abc-0123456789ab"
EVENT = {"request_id": ID, "reason": "bad_framing"}


def write(directory: Path, segment: str, *events: object) -> Path:
    path = directory / f"{segment}.jsonl"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return path


@pytest.mark.parametrize("segment", ["20261124T10", "20261124T10-00003", "20261124T11", "20261124T09"])
def test_an_event_is_found_by_its_request_id(tmp_path: Path, segment: str):
    write(tmp_path, segment, {"request_id": "req_x"}, EVENT, {"request_id": "req_y"})
    assert EventLog(tmp_path).find(ID) == EVENT


def test_segments_of_other_hours_are_not_read(tmp_path: Path):
    write(tmp_path, "20261124T13", EVENT)
    assert EventLog(tmp_path).find(ID) is None


def test_a_torn_line_hides_nothing_else(tmp_path: Path):
    segment = write(tmp_path, "20261124T10", EVENT)
    segment.write_text('{"request_id": "' + ID + '", "tor\n' + segment.read_text())
    assert EventLog(tmp_path).find(ID) == EVENT


def test_a_line_that_only_speaks_of_the_id_is_not_it(tmp_path: Path):
    other = {"request_id": "req_x", "user_agent": ID}
    write(tmp_path, "20261124T10", other, other, EVENT)
    assert EventLog(tmp_path).find(ID) == EVENT
    write(tmp_path, "20261124T10", other)
    assert EventLog(tmp_path).find(ID) is None


def test_a_last_line_without_an_end_is_a_line(tmp_path: Path):
    segment = write(tmp_path, "20261124T10.refusals", {"request_id": "req_x"}, EVENT)
    segment.write_text(segment.read_text()[:-1])
    assert EventLog(tmp_path).find(ID) == EVENT


def test_an_id_that_is_none_of_ours_is_not_looked_for(tmp_path: Path):
    assert EventLog(tmp_path).find("../../etc/passwd") is None
    assert request_time("req_zzzzzzzz-zzzz-7abc-8abc-0123456789ab") is None
    assert request_time(ID) == NOW
