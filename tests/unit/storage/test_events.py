"""The event log: found by id, bounded, and tolerant of what a killed process left."""

from datetime import UTC, datetime

from firstclass.storage.events import EventLog, request_time

NOW = datetime(2026, 11, 24, 10, 59, 59, tzinfo=UTC)
ID = (
    f"req_{int(NOW.timestamp() * 1000):012x}"[:12]
    + "-"
    + f"{int(NOW.timestamp() * 1000):012x}"[8:]
    + "-7abc-8abc-0123456789ab"
)


def test_an_event_is_found_by_its_request_id(tmp_path):
    log = EventLog(tmp_path / "events")
    log.append([{"request_id": ID, "reason": "bad_framing"}, {"request_id": "req_x"}], NOW)
    assert log.find(ID) == {"request_id": ID, "reason": "bad_framing"}


def test_an_event_written_in_the_next_hour_is_found(tmp_path):
    log = EventLog(tmp_path)
    log.append([{"request_id": ID}], NOW.replace(hour=11, minute=0))
    assert log.find(ID) == {"request_id": ID}


def test_a_torn_line_hides_nothing_else(tmp_path):
    log = EventLog(tmp_path)
    log.append([{"request_id": ID}], NOW)
    segment = next(tmp_path.glob("*.jsonl"))
    segment.write_text('{"request_id": "' + ID + '", "tor\n' + segment.read_text())
    assert log.find(ID) == {"request_id": ID}


def test_an_id_that_is_none_of_ours_is_not_looked_for(tmp_path):
    assert EventLog(tmp_path).find("../../etc/passwd") is None
    assert request_time("req_zzzzzzzz-zzzz-7abc-8abc-0123456789ab") is None


def test_the_log_is_bounded_and_the_newest_segment_stays(tmp_path):
    log = EventLog(tmp_path, max_bytes=6400)
    for hour in range(20):
        log.append([{"request_id": ID, "filler": "x" * 1000}], NOW.replace(hour=hour))
    sizes = {p.name: p.stat().st_size for p in tmp_path.glob("*.jsonl")}
    assert sum(sizes.values()) <= 6400 + 1100 and max(sizes) == "20261124T19.jsonl"


def test_the_segments_are_readable_by_their_owner_alone(tmp_path):
    log = EventLog(tmp_path / "events")
    log.append([{"request_id": ID}], NOW)
    assert next((tmp_path / "events").glob("*")).stat().st_mode & 0o777 == 0o600
