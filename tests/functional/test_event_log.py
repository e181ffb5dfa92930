"""The event log of a real engine: what a full disk took half of, what a busy hour leaves, what a person put there, and
calls that control never heard of."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest
from operated import Operated, wait_until

from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.identity import api_keys
from firstclass.storage.events import EventLog

BOUND = 160_000


@pytest.fixture
def engine() -> Iterator[EngineUnderTest]:
    with EngineUnderTest(limits={"event_log_bytes": BOUND}) as engine:
        engine.load({}, [])
        yield engine


def call(engine: EngineUnderTest, times: int = 1) -> list[str]:
    """Ask for what no contract has; the ids of the calls."""
    connection = HTTPConnection("127.0.0.1", engine.port, timeout=5)
    ids = []
    for _ in range(times):
        connection.request("GET", "/nowhere")
        answer = connection.getresponse()
        answer.read()
        ids.append(answer.headers["X-Request-Id"])
    connection.close()
    return ids


def kept(engine: EngineUnderTest) -> list[str]:
    return [json.loads(line)["request_id"] for line in engine.event_lines()]


def held(engine: EngineUnderTest) -> int:
    return sum(path.stat().st_size for path in (engine.directory / "events").iterdir())


def test_a_disk_that_fills_up_leaves_whole_events_and_counts_what_it_lost(engine: EngineUnderTest) -> None:
    first = call(engine, 3)
    wait_until("the first events", lambda: kept(engine) == first)
    # Files may grow a little only: writing on takes what fits, then fails, as on a full disk.
    was = resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (held(engine) + 300, -1))
    lost = call(engine, 9)
    wait_until("the loss", lambda: "events_not_kept" in engine.log())
    assert kept(engine) == first and held(engine) == sum(map(len, engine.event_lines()))
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, was)
    last = call(engine)
    wait_until("the last event", lambda: last[0] in kept(engine))
    assert set(lost).isdisjoint(kept(engine))
    assert engine.log().count("events_not_kept") == 1 and '"lost":9' in engine.log()


def test_a_burst_leaves_every_event_whole_and_once() -> None:
    with EngineUnderTest(limits={}) as engine:
        engine.load({}, [])
        ids = call(engine, 3_000)  # pieces of hundreds of kilobytes, which go past the page cache
        wait_until("the last event", lambda: ids[-1] in kept(engine))
        assert kept(engine) == ids


def test_a_disk_that_fills_up_in_a_burst_leaves_whole_events() -> None:
    with EngineUnderTest(limits={}) as engine:
        engine.load({}, [])
        call(engine)
        wait_until("the first event", lambda: len(kept(engine)) == 1)
        was = resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (500_000, -1))
        ids = call(engine, 3_000)
        wait_until("the loss", lambda: "events_not_kept" in engine.log())
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, was)
        ids += call(engine)
        wait_until("the last event", lambda: ids[-1] in kept(engine))
        left = kept(engine)[1:]
        assert 1 < len(left) < len(ids) and left == [each for each in ids if each in set(left)], "in order, and once"

        def lost() -> int:
            return sum(int(each) for each in re.findall(r'"lost":(\d+)', engine.log()))

        wait_until("the count of what is lost", lambda: lost() == len(ids) - len(left))


def test_one_busy_hour_is_bounded_and_the_newest_stay(engine: EngineUnderTest) -> None:
    ids = []
    while len(ids) < 600:
        ids += call(engine, 20)
        wait_until("the batch", lambda: kept(engine)[-1:] == ids[-1:])
    assert held(engine) <= BOUND + 3 * BOUND // 16
    left = kept(engine)
    assert 0 < len(left) < 600 and sorted(left) == sorted(ids[-len(left) :]), "whole segments, from the oldest on"


def test_a_stranger_among_the_segments_is_left_alone(engine: EngineUnderTest) -> None:
    directory = engine.directory / "events"
    call(engine)
    wait_until("a segment", lambda: directory.exists() and any(directory.iterdir()))
    copy = directory / f"{next(directory.iterdir()).stem}-copy.jsonl"
    copy.write_text("mine\n")
    ids = call(engine, 3)
    wait_until("the events", lambda: EventLog(directory).find(ids[-1]))
    assert copy.read_text() == "mine\n"


def test_segments_are_readable_by_their_owner_alone(site: Operated) -> None:
    site.start()
    site.call("GET", "/v1/nowhere")
    wait_until("a segment", lambda: any(site.data.glob("events/*.jsonl")))
    assert {path.stat().st_mode & 0o777 for path in site.data.glob("events/*")} == {0o600}
    assert (site.data / "events").stat().st_mode & 0o777 == 0o700


def test_calls_are_recorded_while_control_hears_nothing(site: Operated) -> None:
    site.start()
    control = site.group()["control"]
    subprocess.run(["kill", "-STOP", str(control)], check=True)
    try:
        request_id = site.call("GET", "/v1/notes/7").request_id
        told = site.json("explain", request_id)
    finally:
        subprocess.run(["kill", "-CONT", str(control)], check=True)
    assert told["reason"] == "credential_missing" and told["location"]["line"] == 4


def test_the_directory_is_made_again_where_somebody_removed_it(engine: EngineUnderTest) -> None:
    call(engine)
    directory: Path = engine.directory / "events"
    wait_until("a segment", lambda: directory.exists() and any(directory.iterdir()))
    shutil.rmtree(directory)
    ids = call(engine)
    wait_until("the event", lambda: EventLog(directory).find(ids[0]))


def test_a_flood_of_strangers_and_what_was_let_in_lie_apart_from_what_was_refused(site: Operated) -> None:
    site.start()
    key = site.key_for("app", "getNote")
    wait_until("the key", lambda: site.call("GET", "/v1/notes/7", key).status == 200)
    let_in = site.call("GET", "/v1/notes/7", key)
    refused = site.call("GET", "/v1/notes/x", key), site.call("GET", "/v1/rare", key), site.call("GET", "/v1/no", key)
    strangers = [
        site.call("GET", "/v1/open"),
        site.call("GET", "/v1/notes/7"),
        site.call("GET", "/v1/notes/7", key[:-1] + ("a" if key[-1] != "a" else "b")),
        site.call("GET", "/v1/nowhere"),
        site.call("GET", "/v1/open", None, None, User_Agent=f"curl {key}"),
    ]
    withdrawn = site.key_for("another", "getNote")
    with site.store() as store:
        api_keys.revoke(store, api_keys.list_keys(store, "another")[0].credential.id, actor="test")
    wait_until("the end of the key", lambda: site.call("GET", "/v1/notes/7", withdrawn).reason == "credential_revoked")
    strangers.append(site.call("GET", "/v1/notes/7", withdrawn))
    assert [answer.reason for answer in refused] == ["parameter_invalid", "not_subscribed", "unknown_operation"]
    # Whose key came with a call of no operation nobody looks at.
    expected = {"": [let_in], ".refusals": refused[:2], ".strangers": [*strangers, refused[2]]}
    for lane, answers in expected.items():
        for answer in answers:
            wait_until(f"{answer} in {lane}", partial(is_kept, site, lane, answer.request_id))
            assert site.json("explain", answer.request_id)["request_id"] == answer.request_id
    assert not any(
        secret in path.read_text() for path in (site.data / "events").iterdir() for secret in (key, withdrawn)
    )


def is_kept(site: Operated, lane: str, request_id: str) -> bool:
    paths = [path for path in site.data.glob("events/*") if path.name.partition(".")[2] == f"{lane}.jsonl"[1:]]
    return any(request_id in path.read_text() for path in paths)
