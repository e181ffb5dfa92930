"""From observe to enforce with a real gateway: what is counted, what moves, what stays back, and what survives."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from operated import Operated, wait_until

pytestmark = pytest.mark.timeout(120)

GOOD, BAD = {"text": "hello"}, {"text": "hello", "shoe": 43}


def observing(site: Operated, mode: Any = "observe") -> str:
    """The site with its API in a mode, running; a key for its operations."""
    site.write_config(apis=[{**site.settings["apis"][0], "mode": mode}])
    site.apply()
    key = site.key_for("desk", "getNote", "listNotes", "addNote", "getRare")
    site.start()
    return key


def evidence(site: Operated, name: str = "addNote", *arguments: str) -> dict[str, Any]:
    """What holds an operation back."""
    told = site.json("enforce", "notes", *arguments)
    found = [item for item in told["held_back"] if item["operation"] == name]
    return found[0] if found else {}


def until_counted(site: Operated, of: int, name: str = "addNote") -> dict[str, Any]:
    """The evidence, once all calls were counted: within seconds, and exactly."""
    return wait_until(
        f"{of} calls of {name}", lambda: (found := evidence(site, name)) and found["of"] >= of and found, seconds=10
    )


def status(site: Operated, method: str, path: str, key: str, body: Any = None) -> int:
    return site.call(method, path, key, body).status


def test_a_day_in_observe_then_what_is_ready_is_enforced(site: Operated) -> None:
    key = observing(site)
    for _ in range(6):
        assert status(site, "POST", "/v1/notes", key, GOOD) == 200
        assert status(site, "GET", "/v1/notes/7", key) == 200
    for _ in range(3):
        assert status(site, "POST", "/v1/notes", key, BAD) == 200
    assert status(site, "GET", "/v1/rare?debug=1", key) == 200
    held = until_counted(site, 9)
    assert (held["would_refuse"], held["of"], held["refused"]) == (3, 9, 0)
    place = {"class": "bodies", "in": "body", "pointer": "/shoe", "keyword": "undeclared"}
    assert held["places"] == [{**place, "calls": 3, "refused": 0, "applications": 1}]
    assert status(site, "POST", "/v1/notes", key, BAD) == 200, "asking moves nothing"
    assert status(site, "GET", "/v1/notes/7/shoes", key) == 404
    shoes = {"method": "GET", "path": "/v1/notes/{n}/shoes", "declared_path": False, "calls": 1}
    wait_until("what nobody declared", lambda: site.json("enforce", "notes")["undeclared"] == [shoes])
    moved = site.json("enforce", "notes", "--ready", "--calls", "5")
    assert moved["moved"] == ["getNote"]
    assert moved["partly"] == [{"operation": "addNote", "classes": ["parameters", "media_types", "conformance"]}]
    assert {item["operation"]: item["why"] for item in moved["held_back"]} == {
        "addNote": "would_refuse",
        "listNotes": "too_few_calls",
        "getRare": "too_few_calls",
        "getMine": "too_few_calls",
        "getOpen": "too_few_calls",
    }
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)
    assert status(site, "POST", "/v1/notes?debug=1", key, GOOD) == 400, "class by class"
    assert status(site, "POST", "/v1/notes", key, BAD) == 200
    assert site.json("enforce", "notes", "--operation", "addNote")["moved"] == ["addNote"]
    wait_until("addNote is enforced", lambda: status(site, "POST", "/v1/notes", key, BAD) == 400, seconds=3.0)
    assert site.json("observe", "notes", "--operation", "addNote", "--class", "bodies")["moved"] == ["addNote"]
    wait_until("and observed again", lambda: status(site, "POST", "/v1/notes", key, BAD) == 200, seconds=3.0)


def test_counts_and_modes_survive_a_power_cut(site: Operated) -> None:
    key = observing(site)
    for _ in range(20):
        assert status(site, "POST", "/v1/notes", key, BAD) == 200
    assert site.json("enforce", "notes", "--operation", "getNote")["moved"] == ["getNote"]
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)
    before = until_counted(site, 20)
    site.kill()
    assert evidence(site) == before, "without a gateway"
    assert site.json("enforce", "notes", "--operation", "listNotes")["moved"] == ["listNotes"]
    site.start()
    assert status(site, "GET", "/v1/notes/7?debug=1", key) == 400
    site.until_status(400, "/v1/notes?debug=1", key)  # what was said meanwhile, as soon as control has said it
    assert status(site, "POST", "/v1/notes", key, BAD) == 200
    assert until_counted(site, 21)["would_refuse"] == 21


def test_a_new_control_process_counts_nothing_twice(site: Operated) -> None:
    import os
    import signal

    key = observing(site)
    for _ in range(10):
        assert status(site, "POST", "/v1/notes", key, BAD) == 200
    until_counted(site, 10)
    for _ in range(2):
        os.kill(site.group()["control"], signal.SIGKILL)
        for _ in range(5):
            assert status(site, "POST", "/v1/notes", key, BAD) == 200
        wait_until("control runs again", lambda: site.group().get("control"))
    held = until_counted(site, 20)
    time.sleep(2.5)  # every report of the engine, once more
    assert evidence(site) == held and (held["would_refuse"], held["of"]) == (20, 20)


def test_a_share_of_the_callers_is_enforced(site: Operated) -> None:
    key = observing(site)
    moved = site.json("enforce", "notes", "--sample", "50%")
    assert set(moved["moved"]) == {"getNote", "listNotes", "addNote", "getRare", "getMine", "getOpen"}
    time.sleep(1)
    seen = {status(site, "GET", f"/v1/notes/{n}?debug=1", key) for n in range(1, 9)}
    assert len(seen) == 1 and seen <= {200, 400}, "one caller sees one behaviour"
    held = site.json("enforce", "notes", "--sample", "50%")
    assert held["moved"] == [], "it is so already"
    assert site.json("enforce", "notes", "--sample", "10%")["moved"] == [], "a share is never lowered by enforce"
    assert site.json("enforce", "notes", "--all")["moved"]
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)


def test_the_last_word_wins_between_file_and_store_and_a_dump_says_what_is(site: Operated) -> None:
    key = observing(site)
    site.json("enforce", "notes", "--operation", "getNote", "--class", "parameters")
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)
    site.json("apply")
    assert status(site, "GET", "/v1/notes/7?debug=1", key) == 400, "files that say nothing new change nothing"
    dumped = site.json("dump")
    mode = {"default": "observe", "operations": {"getNote": {"parameters": "enforce"}}}
    assert dumped["apis"][0]["mode"] == mode
    site.write_config(apis=[{**site.settings["apis"][0], "mode": mode}])
    site.json("apply")
    assert site.json("dump")["apis"][0]["mode"] == mode
    assert status(site, "GET", "/v1/notes/7?debug=1", key) == 400
    site.write_config(apis=[{**site.settings["apis"][0], "mode": "observe"}])
    site.json("apply")
    site.until_status(200, "/v1/notes/7?debug=1", key, seconds=3.0)
    assert site.json("enforce", "notes", "--all")["moved"]
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)


def test_conformance_steps_back_by_itself_and_stays_back(site: Operated) -> None:
    key = observing(site, "enforce")
    path, good, wrong = "/v1/notes", b'[{"id": 7}]', b'[{"id": "seven"}]'
    site.origin.answers[path] = (200, good)
    try:
        for _ in range(100):
            assert status(site, "GET", path, key) == 200
        site.origin.answers[path] = (200, wrong)
        assert [status(site, "GET", path, key) for _ in range(2)] == [502, 502]
        assert status(site, "GET", path, key) == 200, "more than 1 % of a minute"
        site.origin.answers[path] = (200, b'[{"id": 7, "secret": {"a": 1}}]')
        assert status(site, "GET", path, key) == 502, "confidentiality never steps back"
        site.said("listNotes: conformance stepped back to observe")
        held = until_counted(site, 103, "listNotes")
        assert held["stepped_back"] and held["classes"]["conformance"] == "observe"
        assert (
            'firstclass_step_backs_total{api="notes",operation="listNotes"} 1' in site.status("/metrics").body.decode()
        )
        site.origin.answers[path] = (200, wrong)
        site.kill()
        site.start()
        assert status(site, "GET", path, key) == 200, "it stays back"
        assert site.json("enforce", "notes", "--operation", "listNotes")["moved"] == ["listNotes"]
        site.until_status(502, path, key, seconds=3.0)
    finally:
        del site.origin.answers[path]


def test_dev_says_in_words_what_would_be_refused(site: Operated) -> None:
    site.write_config(apis=[{**site.settings["apis"][0], "mode": "observe"}])
    site.apply()
    key = site.key_for("desk", "addNote")
    site.start("dev")
    for _ in range(12):
        assert status(site, "POST", "/v1/notes", key, BAD) == 200
    words = "POST /v1/notes: body /shoe is undeclared; enforce would answer 400 — 12 calls from 1 application"
    assert site.said(words).count("/shoe") == 1, "a line for each kind, not for each call"


def test_explain_lists_what_would_have_been_refused(site: Operated) -> None:
    key = observing(site)
    answer = site.call("POST", "/v1/notes?debug=1", key, {"text": 5, "shoe": 43})
    assert answer.status == 200
    told = wait_until("explain", lambda: (d := site.cli("explain", answer.request_id, "--json")).code == 0 and d.json)
    assert told["decision"] == "allow" and len(told["violations"]) == 3
    assert "43" not in json.dumps(told["violations"])


NOTE = b'{"id": 7, "text": "hello", "nickname": "CANARY", "tags": [1], "secret": "x"}'
LEFT = [
    {"operation": "getNote", "class": "conformance", "in": "body", "pointer": "/nickname", "calls": 3},
    {"operation": "getNote", "class": "conformance", "in": "body", "pointer": "/tags", "calls": 3},
    {"operation": "getNote", "class": "parameters", "in": "cookie", "name": "theme", "calls": 3},
    {"operation": "getNote", "class": "parameters", "in": "header", "name": "x-tenant", "calls": 3},
]


def test_what_is_left_out_is_told_and_holds_nothing_back(site: Operated) -> None:
    site.write_config(apis=[{**site.settings["apis"][0], "mode": "observe"}])
    site.apply()
    key = site.key_for("desk", "getNote", "addNote")
    site.start("dev")
    site.origin.answers["/v1/notes/7"] = (200, NOTE)
    try:
        answers = [site.call("GET", "/v1/notes/7", key, X_Tenant="CANARY", Cookie="theme=CANARY") for _ in range(3)]
    finally:
        del site.origin.answers["/v1/notes/7"]
    assert json.loads(answers[0].body) == {"id": 7, "text": "hello", "secret": "***"}
    words = "left out of answers because the contract does not declare it: /nickname — 3 calls from 1 application"
    assert site.said(f"GET /v1/notes/{{noteId}}: {words}").count("/nickname") == 1
    told = site.json("enforce", "notes", "--calls", "3")
    left = [{name: value for name, value in found.items() if name != "applications"} for found in told["left_out"]]
    assert sorted(left, key=lambda found: (found["class"], found["in"], found.get("pointer", ""))) == LEFT
    assert [item["operation"] for item in told["ready"]] == ["getNote"], "it holds nothing back"
    assert "  /nickname (3 times)" in site.cli("enforce", "notes").out.splitlines()
    explained = site.json("explain", answers[0].request_id)
    assert (explained["decision"], explained["would_refuse"], explained["violations"]) == ("allow", [], [])
    assert [found.get("pointer") or found["name"] for found in explained["left_out"]] == [
        *("x-tenant", "theme", "/nickname", "/tags")
    ]
    assert explained["location"]["pointer"] == "/components/schemas/Note"
    lines = site.cli("explain", answers[0].request_id).out.splitlines()
    assert "  left out  /nickname of the answer: undeclared" in lines
    assert "  left out  header x-tenant of the request: undeclared" in lines
    assert all(len(line) <= 80 for line in lines if "left out" in line)
    site.json("enforce", "notes", "--ready", "--calls", "3")
    site.until_status(400, "/v1/notes/7?debug=1", key, seconds=3.0)
    events = "".join(path.read_text() for path in (site.data / "events").iterdir())
    assert "/nickname" in events and "CANARY" not in events + site.log()


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_an_undeclared_failure_is_told_in_every_mode(site: Operated, mode: str) -> None:
    site.write_config(apis=[{**site.settings["apis"][0], "mode": mode}])
    site.apply()
    key = site.key_for("desk", "getNote")
    site.start("dev")
    site.origin.answers["/v1/notes/7"] = (404, b'{"error": "CANARY"}')
    try:
        answers = [site.call("GET", "/v1/notes/7", key) for _ in range(3)]
    finally:
        del site.origin.answers["/v1/notes/7"]
    assert {(answer.status, answer.reason) for answer in answers} == {(404, "upstream_error")}
    words = "404 is not declared: its body is replaced — 3 calls from 1 application"
    assert site.said(f"GET /v1/notes/{{noteId}}: {words}")
    told = site.json("enforce", "notes", "--calls", "3")
    place = {"operation": "getNote", "class": "conformance", "in": "status", "name": "404"}
    assert told["left_out"] == [{**place, "calls": 3, "applications": 1}]
    line = "getNote (GET /notes/{noteId}): 404 is not declared: its body is replaced (3 times)"
    assert line in site.cli("enforce", "notes").out
    if mode == "observe":
        assert [item["operation"] for item in told["ready"]] == ["getNote"], "it holds nothing back"


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_answers_that_no_mode_lets_through_are_told_with_what_to_do(site: Operated, mode: str) -> None:
    site.write_config(apis=[{**site.settings["apis"][0], "mode": mode}])
    site.apply()
    key = site.key_for("desk", "getNote", "getRare", "listNotes")
    site.start("dev")
    path = "/v1/notes/7"
    kinds = [
        (b"<p>CANARY</p>", {"Content-Type": "text/html; charset=utf-8"}),
        (b'{"id": 7, "text": {"CANARY": 1}}', {}),
        (b'{"id": 7', {}),
        (b"CANARY", {"Content-Encoding": "gzip"}),
    ]
    refused = []
    try:
        for body, fields in kinds:
            site.origin.answers[path], site.origin.fields[path] = (200, body), fields
            refused += [site.call("GET", path, key) for _ in range(3)]
    finally:
        del site.origin.answers[path], site.origin.fields[path]
    assert {answer.status for answer in refused} == {502}
    assert not any(b"violations" in answer.body for answer in refused)
    words = "the answer is a 502 in every mode: its media type text/html is not declared; declare it under content"
    assert site.said(f"GET /v1/notes/{{noteId}}: {words}").count("3 calls from 1 application")
    told = wait_until(
        "all are counted", lambda: len((t := site.json("enforce", "notes"))["refused_answers"]) >= 4 and t
    )
    found = {
        (each["in"], each.get("pointer", each.get("name")), each["keyword"]): each for each in told["refused_answers"]
    }
    assert found.keys() == {
        ("media_type", "text/html", "media_type"),
        ("body", "/text", "type"),
        ("body", "", "syntax"),
        ("header", "content-encoding", "coding"),
    }
    assert all(each["calls"] == 3 and each["operation"] == "getNote" and each["to_do"] for each in found.values())
    lines = site.cli("enforce", "notes").out.splitlines()
    at = lines.index("getNote (GET /notes/{noteId}): answers that are a 502 in every mode:")
    assert any(line.startswith("  it is compressed (3 times): let the API heed") for line in lines[at:])
    explained = site.json("explain", refused[0].request_id)
    assert explained["hint"].startswith("declare it under content of the response")
    if mode == "observe":
        ready = site.json("enforce", "notes", "--ready", "--calls", "5")
        assert ready["partly"] == [{"operation": "getNote", "classes": ["parameters", "media_types", "bodies"]}]
        (held,) = [item for item in ready["held_back"] if item["operation"] == "getNote"]
        assert (held["why"], held["refused"], held["of"]) == ("refused", 12, 12)
    events = "".join(each.read_text() for each in (site.data / "events").iterdir())
    assert "CANARY" not in events + site.log()


def test_nobody_can_ask_for_nonsense(site: Operated) -> None:
    assert site.cli("enforce", "nots", "--json").code == 4
    assert site.cli("enforce", "notes", "--operation", "getNot").code == 4
    assert site.cli("enforce", "notes", "--sample", "observe").code == 2
    assert site.cli("enforce", "notes", "--class", "owners").code == 2
    assert site.cli("enforce", "notes", "--ready", "--all").code == 2
    assert site.cli("observe", "notes", "--class", "confidentiality").code == 2
