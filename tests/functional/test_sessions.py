"""Sessions of an API's own through a real gateway: what was acknowledged is durable, what ended stays ended."""

from __future__ import annotations

import http.client
import json
import resource
import threading
import time
from collections.abc import Iterator

import pytest
from operated import Operated, wait_until
from session_api import Garage, SessionApi

UNKNOWN = (401, "subject_unknown")


@pytest.fixture
def garage(fresh: Operated) -> Iterator[Garage]:
    api = SessionApi()
    garage = Garage(fresh, api)
    fresh.start()
    yield garage
    fresh.kill()
    api.close()


def test_a_session_survives_a_power_cut_and_so_does_its_end(garage: Garage) -> None:
    kept, ended = garage.sign_in(7), garage.sign_in(7)
    assert garage.read(7, kept)[0] == garage.read(7, ended)[0] == 200
    assert garage.read(8, kept) == (404, "foreign_object")
    assert garage.sign_out(ended) == 204
    for _ in range(2):
        garage.site.kill()
        garage.site.start()
        assert (garage.read(7, kept)[0], garage.read(7, ended)) == (200, UNKNOWN)
    path, headers = garage.api.seen[-1]
    assert (path, headers["Authorization"], headers["Firstclass-Subject"]) == ("/users/7", f"Bearer {kept}", "7")


def test_every_sign_in_that_a_client_was_told_of_survives_a_kill_in_the_middle(garage: Garage) -> None:
    told: list[str] = []

    def go_on() -> None:
        while True:
            try:
                told.append(garage.sign_in(7))
            except (OSError, http.client.HTTPException):
                return

    for _ in range(3):
        callers = [threading.Thread(target=go_on) for _ in range(4)]
        before = len(told)
        for caller in callers:
            caller.start()
        wait_until("some sign-ins", lambda before=before: len(told) >= before + 40)
        garage.site.kill()
        for caller in callers:
            caller.join()
        garage.site.start()
    # Of one user there are a hundred at most: the youngest.
    assert {garage.read(7, token)[0] for token in told[-90:]} == {200}


def test_a_user_with_very_many_sessions_loses_the_oldest_and_nobody_else_does(garage: Garage) -> None:
    other, first = garage.sign_in(8), garage.sign_in(7)
    for _ in range(100):
        last = garage.sign_in(7)
    assert garage.read(7, first) == UNKNOWN
    assert garage.read(7, last)[0] == garage.read(8, other)[0] == 200


def test_what_ended_on_a_full_disk_stays_ended_after_a_power_cut(garage: Garage) -> None:
    kept, ended = garage.sign_in(7), garage.sign_in(7)
    engine = garage.site.group()["engine"]
    soft, hard = resource.prlimit(engine, resource.RLIMIT_FSIZE)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (1, hard))
    assert garage.sign_out(ended) == 204
    assert (garage.read(7, kept)[0], garage.read(7, ended)) == (200, UNKNOWN)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (soft, hard))
    file = garage.site.data / "engine" / "sessions.log"
    wait_until("the file is written anew", lambda: file.stat().st_size > 0)
    garage.site.kill()
    garage.site.start()
    assert (garage.read(7, kept)[0], garage.read(7, ended)) == (200, UNKNOWN)


def test_a_power_cut_on_a_full_disk_revives_nobody(garage: Garage) -> None:
    kept, ended = garage.sign_in(7), garage.sign_in(7)
    engine = garage.site.group()["engine"]
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (1, resource.prlimit(engine, resource.RLIMIT_FSIZE)[1]))
    assert garage.sign_out(ended) == 204
    garage.site.kill()
    garage.site.start()
    assert garage.read(7, ended) == garage.read(7, kept) == UNKNOWN
    assert garage.read(7, garage.sign_in(7))[0] == 200


def test_a_damaged_file_is_set_aside_and_everybody_signs_in_again(garage: Garage) -> None:
    token = garage.sign_in(7)
    garage.site.stop()
    file = garage.site.data / "engine" / "sessions.log"
    data = bytearray(file.read_bytes())
    data[4] ^= 1
    file.write_bytes(data)
    garage.site.start()
    assert garage.read(7, token) == UNKNOWN
    assert list(file.parent.glob("sessions.log.damaged-*"))
    assert garage.read(7, garage.sign_in(7))[0] == 200


def test_nothing_of_a_session_lies_readable_in_the_data_directory(garage: Garage) -> None:
    garage.sign_out(garage.sign_in(4711))
    garage.sign_in(4711)
    time.sleep(0.6)
    for path in garage.site.data.rglob("*"):
        if path.is_file():
            assert b"CANARY" not in path.read_bytes(), path
    assert b"4711" not in (garage.site.data / "engine" / "sessions.log").read_bytes()
    assert "CANARY" not in garage.site.log()


def test_the_share_of_sessions_that_nobody_knows_is_shown(garage: Garage) -> None:
    token = garage.sign_in(7)
    for _ in range(3):
        assert garage.read(7, token)[0] == 200
    assert garage.read(7, "from-before-the-gateway") == UNKNOWN
    page = garage.site.status("/metrics").body.decode()
    assert 'firstclass_session_calls_total{api="notes",subject="known"} 3' in page
    assert 'firstclass_session_calls_total{api="notes",subject="unknown"} 1' in page
    assert "firstclass_sessions 1" in page
    garage.site.said("1 of 4 calls with a session (25%)")
    answer = garage.site.call("GET", "/users/7", X_App_Key=garage.key, Authorization="Bearer unknown")
    told = wait_until(
        "the share in explain",
        lambda: (
            (found := garage.site.json("explain", answer.request_id)).get("sessions", {}).get("unknown") == 2 and found
        ),
    )
    assert told["sessions"] == {"known": 3, "unknown": 2, "share": 0.4} and "sign in again" in told["hint"]
    verdicts = [(each["kind"], each["verdict"]) for each in told["credentials"]]
    assert verdicts == [("key", "good"), ("session", "refused")]
    lines = garage.site.cli("explain", answer.request_id).out
    assert "caller    an application with a good key" in lines and "  session   refused: nobody knows it" in lines


def test_a_contract_that_changes_keeps_the_sessions(garage: Garage) -> None:
    token = garage.sign_in(7)
    garage.site.edit_contract("title: Sessions", "title: Other sessions")
    garage.site.apply()
    wait_until(
        "the new bundle",
        lambda: json.loads(garage.site.status("/readyz").body)["bundles"] != garage.site.ready["bundles"],
    )
    assert garage.read(7, token)[0] == 200
