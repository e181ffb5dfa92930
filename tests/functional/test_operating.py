"""What an operator looks at and does while it runs: the status port, keys, events, apply and dump."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from operated import Operated, wait_until

from firstclass.storage.events import EventLog


@pytest.fixture(scope="module")
def key(shared: Operated) -> str:
    key = shared.key_for("desk", "getNote")
    shared.until_status(200, "/v1/notes/7", key)
    return key


def test_livez_answers(shared: Operated) -> None:
    answer = shared.status("/livez")
    assert (answer.status, answer.body) == (200, b"ok\n")


def test_readyz_tells_what_is_live(shared: Operated) -> None:
    answer = shared.status("/readyz")
    state = json.loads(answer.body)
    assert answer.status == 200
    assert sorted(state) == ["bundles", "directory_age_seconds", "directory_sequence", "ready", "reasons"]
    assert state["ready"] is True and state["reasons"] == [] and state["bundles"] == shared.ready["bundles"]
    assert state["directory_sequence"] >= 1 and state["directory_age_seconds"] <= 2


def test_readyz_turns_when_control_is_away_longer_than_the_operator_allows(site: Operated) -> None:
    site.write_config(ready_max_directory_age="3s")
    site.start()
    for _ in range(20):  # for longer than that, it stays ready while control is there
        assert site.status("/readyz").status == 200
        time.sleep(0.2)
    control = site.group()["control"]
    subprocess.run(["kill", "-STOP", str(control)], check=True)
    wait_until("503", lambda: site.status("/readyz").status == 503, 10)
    answer = site.status("/readyz")
    assert json.loads(answer.body)["reasons"] == ["directory_too_old"]
    assert site.call("GET", "/v1/open").status == 200
    subprocess.run(["kill", "-CONT", str(control)], check=True)
    wait_until("200", lambda: site.status("/readyz").status == 200, 10)


def test_metrics_count_by_operation_and_reason(shared: Operated, key: str) -> None:
    shared.call("GET", "/v1/notes/7", key)
    shared.call("GET", "/v1/notes/7")
    page = shared.status("/metrics").body.decode()
    for name in (
        "firstclass_requests_total",
        "firstclass_request_duration_seconds_bucket",
        "firstclass_upstream_duration_seconds_bucket",
        "firstclass_events_dropped_total",
        "firstclass_directory_sequence",
    ):
        assert re.search(rf"^{name}[ {{]", page, re.MULTILINE), name
    counted = re.findall(r"^firstclass_requests_total\{(.*)\} (\d+)$", page, re.MULTILINE)
    labels = {tuple(re.findall(r'(\w+)="([^"]*)"', text)): int(count) for text, count in counted}
    refused = {"api": "notes", "operation": "getNote", "decision": "deny", "reason": "credential_missing"}
    assert any(dict(found) == refused and count >= 1 for found, count in labels.items()), labels
    assert all([name for name, _ in found] == ["api", "operation", "decision", "reason"] for found in labels)


def test_the_status_port_has_nothing_else(shared: Operated) -> None:
    assert shared.status("/").status == 404 and shared.status("/readyz/").status == 404


def test_revoke_wait_returns_when_the_key_is_refused(shared: Operated) -> None:
    key = shared.key_for("leaving", "getNote")
    shared.until_status(200, "/v1/notes/7", key)
    id_ = shared.json("keys", "list", "leaving")["items"][0]["id"]
    assert shared.json("keys", "revoke", id_, "--wait")["state"] == "revoked"
    assert shared.call("GET", "/v1/notes/7", key).reason == "credential_revoked"


def test_keys_list_tells_the_last_use_and_never_the_key(shared: Operated, key: str) -> None:
    began = time.time()
    fresh = shared.key_for("used", "getNote")
    assert shared.json("keys", "list", "used")["items"][0]["last_used_at"] is None
    shared.until_status(200, "/v1/notes/7", fresh)

    def used() -> dict[str, str] | None:
        listed: dict[str, str] = shared.json("keys", "list", "used")["items"][0]
        return listed if listed["last_used_at"] else None

    listed = wait_until("the last use", used, 10)
    assert time.strftime("%Y-%m-%dT%H:%M", time.gmtime(began))[:13] == listed["last_used_at"][:13]
    assert fresh not in json.dumps(listed) and "key" not in listed


def test_explain_works_after_a_restart_and_while_the_gateway_is_down(site: Operated) -> None:
    site.start()
    answer = site.call("GET", "/v1/notes/7")
    assert site.stop() == 0
    told = site.json("explain", answer.request_id)
    assert told["reason"] == "credential_missing" and told["location"]["line"] == 4
    site.edit_contract("/open:", "/opened:")
    site.start()
    assert site.json("explain", answer.request_id) == told, "the contract of then, not of now"


def test_the_last_call_before_the_end_is_explained(site: Operated) -> None:
    site.start()
    ids = [site.call("GET", "/v1/notes/7").request_id for _ in range(20)]
    assert site.stop() == 0
    log = EventLog(site.data / "events")
    assert [id_ for id_ in ids if log.find(id_) is None] == []


def test_apply_dry_run_tells_whether_anything_differs(fresh: Operated) -> None:
    assert fresh.cli("apply", "--dry-run").code == 3
    assert fresh.json("apply")["changed"] is True
    done = fresh.cli("apply", "--dry-run", "--json")
    assert done.code == 0 and done.json["changed"] is False
    fresh.edit_contract("/open:", "/opened:")
    done = fresh.cli("apply", "--dry-run", "--json")
    assert done.code == 3 and [api["changed"] for api in done.json["apis"]] == [True]
    assert fresh.cli("apply", "--dry-run").code == 3


def test_apply_reaches_a_running_gateway_within_a_second(site: Operated) -> None:
    site.start()
    site.edit_contract("/open:", "/opened:")
    assert site.json("apply")["changed"]
    began = time.monotonic()
    site.until_status(200, "/v1/opened")
    assert time.monotonic() - began < 1.0
    site.edit_contract("maximum: 50", "maxinum: 50")
    done = site.cli("apply", "--json")
    assert done.code == 1 and done.error["where"]["line"] == 20
    assert site.call("GET", "/v1/opened").status == 200


def test_what_dump_prints_builds_the_same_again(site: Operated, tmp_path: Path) -> None:
    site.write_config(
        applications=[{"name": "filed", "owner": "file@example.com", "kind": "mobile"}],
        subscriptions=[{"application": "filed", "api": "notes", "operations": ["getNote"], "unmask": ["private"]}],
    )
    site.json("apply")
    site.key_for("made", "listNotes", "addNote")
    site.key_for("ended")
    site.json("applications", "disable", "ended")
    dumped = site.cli("dump")
    assert dumped.code == 0 and "fc_live_" not in dumped.out
    assert "not in it, with all their subscriptions: ended\n" in dumped.err
    assert "with all their subscriptions: ended\n" in site.cli("dump", "--json").err
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(site.contract, fresh)
    (fresh / "firstclass.yaml").write_text(dumped.out)
    again = Operated.over(fresh, site.origin)
    assert again.json("apply")["changed"] is True
    assert again.cli("apply", "--dry-run").code == 0
    assert again.json("dump") == site.json("dump")
    names = {item["name"]: item["kind"] for item in again.json("applications", "list")["items"]}
    assert names == {"filed": "mobile", "made": "server"}
    filed = again.json("subscriptions", "list", "filed")["items"]
    assert [(item["operations"], item["unmask"]) for item in filed] == [(["getNote"], ["private"])]
