"""`run`, handled by its signals, and by kill -9 of each of its processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from operated import COMMAND, Operated, processes_of_group, wait_until

ADDRESS = re.compile(r"127\.0\.0\.1:[1-9][0-9]*")


@pytest.fixture
def ending(site: Operated) -> Iterator[Operated]:
    """A gateway that has just become ready, for a test that ends it."""
    site.start()
    yield site
    site.origin.delay_seconds = 0.0


@pytest.fixture
def running(shared: Operated) -> Iterator[Operated]:
    """The gateway of this file, for tests after which it runs on; its files are as they were when they end."""
    settings, contract = dict(shared.settings), shared.contract.read_text()
    yield shared
    shared.replace_config(settings)
    shared.contract.write_text(contract)
    shared.apply()
    shared.until_status(200, "/v1/open")
    assert shared.process is not None and shared.process.poll() is None


def test_the_ready_line_is_as_promised(running: Operated) -> None:
    lines = running.out.read_text().splitlines()
    assert len(lines) == 1 and running.process is not None
    ready = running.ready
    assert list(ready) == ["event", "pid", "traffic", "control", "status", "bundles"]
    assert ready["event"] == "ready" and ready["pid"] == running.process.pid
    assert all(ADDRESS.fullmatch(ready[name]) for name in ("traffic", "control", "status"))
    applied = running.json("apply", "--dry-run")
    assert applied["changed"] is False and ready["bundles"] == {"notes": applied["apis"][0]["hash"]}
    assert running.log() == ""


def test_all_processes_are_in_one_group_and_none_stays(ending: Operated) -> None:
    group = ending.process.pid if ending.process else 0
    assert set(ending.group()) == {"supervisor", "engine", "control"}
    assert ending.stop() == 0
    assert list(processes_of_group(group)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_call_under_way_is_answered_before_the_end(ending: Operated, number: signal.Signals) -> None:
    """SIGINT goes to the whole group, as Ctrl-C in a terminal does."""
    key = ending.key_for("desk", "getNote")
    ending.until_status(200, "/v1/notes/7", key)
    ending.origin.delay_seconds = 1.0
    with ThreadPoolExecutor() as pool:
        call = ending.call_under_way(pool, key)
        assert ending.process is not None
        os.killpg(ending.process.pid, number) if number == signal.SIGINT else ending.process.send_signal(number)
        assert call.result(10).status == 200
    assert ending.process.wait(10) == 0
    assert "Traceback" not in ending.log() and "signal" not in ending.log()


def test_asked_to_end_twice_it_waits_for_no_call(ending: Operated) -> None:
    key = ending.key_for("desk", "getNote")
    ending.until_status(200, "/v1/notes/7", key)
    ending.origin.delay_seconds = 4.0
    with ThreadPoolExecutor() as pool:
        ending.call_under_way(pool, key)
        assert ending.process is not None
        ending.process.send_signal(signal.SIGTERM)
        ending.said("draining")
        began = time.monotonic()
        assert ending.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 2
        ending.origin.delay_seconds = 0.0


def test_hang_up_applies_the_files_again(running: Operated) -> None:
    """Sent to the whole group, as a terminal does that closes; the engine serves on."""
    before = running.group()
    running.forget_log()
    running.edit_contract("/open:", "/opened:")
    os.killpg(running.ready["pid"], signal.SIGHUP)
    running.until_status(200, "/v1/opened")
    assert running.call("GET", "/v1/open").status == 404
    running.said("applied: notes")
    assert running.group() == before


def test_what_another_process_applied_is_a_line_of_the_log(running: Operated) -> None:
    running.forget_log()
    running.edit_contract("/rare:", "/rarely:")
    assert running.cli("apply").code == 0
    running.said("applied by another process: notes", seconds=15)


def test_hang_up_with_a_broken_contract_changes_nothing_and_tells_the_line(running: Operated) -> None:
    running.forget_log()
    running.edit_contract("maximum: 50", "maxinum: 50")
    os.kill(running.ready["pid"], signal.SIGHUP)
    said = running.said("nothing was applied, what was live stays live: notes.yaml:20:")
    assert "maxinum" in said and "hint: did you mean 'maximum'?" in said
    assert running.call("GET", "/v1/open").status == 200
    assert running.cli("apply").code == 1


def test_hang_up_tells_what_waits_for_a_restart(running: Operated) -> None:
    running.write_config(workers=2)
    os.kill(running.ready["pid"], signal.SIGHUP)
    running.said("workers changed: in effect after a restart")


def test_a_misspelt_setting_on_hang_up_changes_nothing(running: Operated) -> None:
    running.write_config(wrokers=2)
    os.kill(running.ready["pid"], signal.SIGHUP)
    said = running.said("wrokers is not a setting")
    assert "firstclass.yaml:" in said and "did you mean 'workers'?" in said
    assert running.call("GET", "/v1/open").status == 200


def test_children_end_when_the_supervisor_is_killed(ending: Operated) -> None:
    assert ending.process is not None
    group = ending.process.pid
    os.kill(group, signal.SIGKILL)
    ending.process.wait()
    wait_until("no orphan", lambda: list(processes_of_group(group)) == [], 2.0)


def test_a_killed_engine_is_back_within_a_second(running: Operated) -> None:
    key = running.key_for("desk", "getNote")
    running.until_status(200, "/v1/notes/7", key)
    killed = running.group()["engine"]
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    assert running.until_status(200, "/v1/notes/7", key).status == 200
    assert time.monotonic() - began < 1.0
    assert running.group()["engine"] != killed
    running.said("engine was ended by signal 9; starting it again")


def test_a_killed_control_is_missed_by_no_call_and_catches_up(running: Operated) -> None:
    key = running.key_for("caller", "getNote")
    running.until_status(200, "/v1/notes/7", key)
    os.kill(running.group()["control"], signal.SIGKILL)
    assert running.call("GET", "/v1/notes/7", key).status == 200
    late = running.key_for("late", "getNote")
    assert running.until_status(200, "/v1/notes/7", late).status == 200
    assert running.call("GET", "/v1/notes/7", key).status == 200


def test_everything_is_there_again_after_the_whole_group_was_killed(ending: Operated) -> None:
    key = ending.key_for("desk", "getNote")
    revoked = ending.key_for("gone", "getNote")
    ending.until_status(200, "/v1/notes/7", revoked)
    id_ = ending.json("keys", "list", "gone")["items"][0]["id"]
    done = ending.cli("keys", "revoke", id_, "--wait")
    ending.kill()
    assert done.code == 0, done
    ending.start()
    assert ending.call("GET", "/v1/notes/7", key).status == 200
    assert ending.call("GET", "/v1/notes/7", revoked).reason == "credential_revoked"


def test_the_gateway_starts_while_its_api_is_away(site: Operated) -> None:
    site.write_config(apis=[{"name": "notes", "contract": "notes.yaml", "upstream": "http://127.0.0.1:9"}])
    site.start()
    answer = site.call("GET", "/v1/open")
    assert (answer.status, answer.reason) == (502, "upstream_unreachable")
    told = site.json("explain", answer.request_id)
    assert told["stage"] == "upstream" and "upstream: in firstclass.yaml" in told["hint"]


@contextmanager
def listening(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that is none of plain HTTP; the address of it. `talk` gets each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(1)
                        talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def explained(site: Operated, upstream: str) -> dict[str, Any]:
    """What is told of a call that meets such a server."""
    site.write_config(apis=[{"name": "notes", "contract": "notes.yaml", "upstream": upstream}])
    site.start()
    answer = site.call("GET", "/v1/open")
    assert answer.status == 502
    told: dict[str, Any] = site.json("explain", answer.request_id)
    assert told["reason"] == answer.reason
    return told


def test_an_upstream_that_speaks_first_is_told_so(site: Operated) -> None:
    with listening(lambda connection: (connection.sendall(b"SSH-2.0-x\r\n"), connection.recv(1000))) as upstream:
        told = explained(site, upstream)
        assert "an SSH server" in told["hint"] and "correct upstream:" in told["hint"]
        assert site.stop() == 0
        site.launch("dev", as_json=False)
        site.said(f"notes: an SSH server listens at {upstream}, which is no HTTP")
        assert site.stop() == 0


def test_an_upstream_that_answers_in_no_http_is_told_so(site: Operated) -> None:
    with listening(lambda connection: connection.recv(1000) and connection.sendall(b"-ERR GET\r\n")) as upstream:
        told = explained(site, upstream)
    assert told["reason"] == "response_invalid" and told["summary"].endswith("is no answer in HTTP/1.1")
    assert f"what {upstream} sent is no answer in HTTP/1.1" in told["hint"] and "no TLS" in told["hint"]


def test_an_upstream_that_expects_tls_is_told_so(site: Operated) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # without a certificate: it answers a handshake with an alert
    with listening(lambda connection: context.wrap_socket(connection, server_side=True)) as upstream:
        told = explained(site, upstream)
    assert told["reason"] == "upstream_unreachable" and f"what listens at {upstream} speaks TLS" in told["hint"]


def test_an_older_bundle_is_not_called_ready(site: Operated) -> None:
    """The engine has the former bundle on its disk; the ready line waits for the one that was applied."""
    before = site.start()["bundles"]
    assert site.stop() == 0
    site.edit_contract("/open:", "/opened:")
    after = site.start()["bundles"]
    assert before != after and site.call("GET", "/v1/opened").status == 200


def test_without_json_it_says_where_to_call(site: Operated, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "run"], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None and process.stdout is not None
    assert re.match(r"ready: calls at http://127\.0\.0\.1:\d+, status at http://", process.stderr.readline())
    process.terminate()
    assert process.wait(10) == 0 and process.stdout.read() == ""
    process.stderr.close()
    process.stdout.close()
