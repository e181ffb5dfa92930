"""The judge of golden cases: it must not miss what differs, nor find what does not."""

import base64
import json
from typing import Any

import pytest

from firstclass.engine.cases.judging import judge, judge_event
from firstclass.engine.cases.model import Exchange, Got, Observed, Seen

SECRET = "fc_live_0123456789abcdef"


def got(status: int = 200, body: bytes = b"{}", **headers: str) -> Got:
    said = {"X-Request-Id": "req_1", "Content-Type": "application/json"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Got(status, list(said.items()), body)


def problem(answered_with: int, **members: Any) -> Got:
    said = {
        "type": "t",
        "title": "t",
        "status": answered_with,
        "reason": "not_subscribed",
        "request_id": "req_1",
        **members,
    }
    return got(answered_with, json.dumps(said).encode(), Content_Type="application/problem+json")


def found(expect: dict[str, Any], observed: Observed, minted: tuple[str, ...] = ()) -> list[str]:
    exchange = Exchange("e", 3, {}, {}, {"decision": "allow", **expect}, None)
    return [difference.what for difference in judge(exchange, observed, list(minted))]


def answered(expect: dict[str, Any], answer: Got, **rest: Any) -> list[str]:
    return found({"client_got": expect}, Observed(got=[answer], bytes_received=answer.body, **rest))


def test_what_is_as_written_differs_in_nothing():
    seen = Seen("GET", "/a", [("Accept", "*/*")], b"")
    expect = {
        "origin_saw": {"method": "GET", "target": "/a", "headers": {"accept": "*/*", "cookie": None}},
        "client_got": {"status": 200, "json": {}, "headers": {"x-request-id": True}},
    }
    assert found(expect, Observed(seen=[seen], got=[got()])) == []


def test_what_is_not_written_is_not_judged():
    assert found({}, Observed(seen=[Seen("GET", "/a", [], b"")], got=[got(500)])) == []


def test_every_answer_has_a_request_id():
    assert found({}, Observed(got=[Got(200, [], b"")])) == ["X-Request-Id"]


def test_a_credential_that_comes_back_or_reaches_the_origin_is_found_unasked():
    leaking = Observed(seen=[Seen("GET", "/", [("X", SECRET)], b"")], got=[got()], bytes_received=SECRET.encode())
    assert found({}, leaking, (SECRET,)) == ["credential", "credential"]
    assert found({}, leaking, (SECRET[:8],)) == []


@pytest.mark.parametrize("seen", [Seen("GET", f"/{SECRET}", [], b""), Seen("POST", "/", [], SECRET.encode())])
def test_a_credential_in_a_target_or_a_body_is_found_too(seen: Seen):
    assert found({}, Observed(seen=[seen], got=[got()]), (SECRET,)) == ["credential"]


def test_a_problem_has_its_members_and_its_own_status():
    assert found({}, Observed(got=[problem(403)])) == []
    assert found({}, Observed(got=[problem(403, reason=None)])) == ["problem's reason"]
    assert found({}, Observed(got=[problem(403, status=404)])) == ["problem's status"]


def test_the_origin_that_should_see_nothing_sees_nothing():
    assert found({"origin_saw": None}, Observed(got=[got()])) == []
    assert found({"origin_saw": None}, Observed(seen=[Seen("GET", "/", [], b"")], got=[got()])) == ["origin"]


def test_requests_at_the_origin_are_counted():
    once = Observed(seen=[Seen("GET", "/", [], b"")], got=[got()])
    assert found({"origin_saw": {"count": 2}}, once) == ["origin"]
    assert found({"origin_saw": {}}, Observed(got=[got()])) == ["origin"]


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ({"method": "POST"}, "method at the origin"),
        ({"target": "/b"}, "target at the origin"),
        ({"headers": {"accept": "text/html"}}, "accept at the origin"),
        ({"body": "x"}, "body at the origin"),
        ({"json": {}}, "body at the origin"),
    ],
)
def test_each_part_of_a_request_is_held_against_its_expectation(wanted: dict[str, Any], what: str):
    seen = Seen("GET", "/a", [("Accept", "*/*")], b"")
    assert found({"origin_saw": wanted}, Observed(seen=[seen], got=[got()])) == [what]


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        (None, False),
        (True, True),
        ("a", True),
        ("b", False),
        ({"$match": "^[a-c]$"}, True),
        ({"$match": "^$"}, False),
        ({"$not": "b"}, True),
        ({"$not": "a"}, False),
    ],
)
def test_a_header_is_absent_present_equal_like_or_unlike(wanted: Any, holds: bool):
    assert (answered({"headers": {"x-a": wanted}}, got(X_A="a")) == []) is holds


def test_a_header_that_comes_twice_is_not_the_one_expected():
    twice = Got(200, [("X-Request-Id", "r"), ("X-A", "a"), ("x-a", "a")], b"")
    assert answered({"headers": {"x-a": "a"}}, twice) == ["x-a at the client"]


@pytest.mark.parametrize(
    ("wanted", "body", "holds"),
    [
        ({"a": 1}, b'{"a": 1}', True),
        ({"a": 1}, b'{"a": 1, "b": 2}', False),
        ({"a": 1}, b'{"a": true}', False),
        ({"a": 0}, b'{"a": false}', False),
        ([1, 2], b"[2, 1]", False),
        ([1], b"[1, 1]", False),
        ({"a": {"$match": "^x"}}, b'{"a": "xy"}', True),
        ({"a": {"$match": "^x"}}, b'{"a": 1}', False),
        (None, b"no JSON", True),
        ({}, b"no JSON", False),
    ],
)
def test_json_is_compared_as_json(wanted: Any, body: bytes, holds: bool):
    assert (answered({"json": wanted}, got(body=body)) == []) is holds


def test_exact_bytes_may_be_written_as_base64():
    wanted = base64.b64encode(b"\xff\x00").decode()
    assert answered({"body_base64": wanted}, got(body=b"\xff\x00")) == []
    assert answered({"body_base64": wanted}, got(body=b"\xff")) == ["body at the client"]


def test_a_wrong_status_is_told_alone():
    assert answered({"status": 200, "json": {"a": 1}}, got(502)) == ["status"]


def test_a_text_that_should_not_leave_is_found_in_the_bytes():
    assert answered({"absent": ["canary"]}, got(body=b"a canary")) == ["absent"]


def test_a_violation_is_found_among_those_listed_and_a_header_has_no_case():
    answer = problem(400, violations=[{"in": "header", "name": "x-a", "keyword": "type"}])
    assert answered({"violations": [{"in": "header", "name": "X-A"}]}, answer) == []
    assert answered({"violations": [{"in": "query", "name": "x-a"}]}, answer) == ["violations"]


def test_answers_are_counted_and_a_connection_that_should_close_is_watched():
    assert answered({"count": 2}, got()) == ["answers"]
    assert answered({"closed": True}, got()) == ["connection"]
    assert answered({"closed": True}, got(), closed=True) == []


def test_no_answer_where_one_is_expected_is_told_with_its_cause():
    assert found({"client_got": {"status": 200}}, Observed(problem="sending ended early")) == ["answer"]
    assert found({}, Observed()) == []


def test_the_reason_is_read_off_the_problem():
    assert found({"reason": "not_subscribed"}, Observed(got=[problem(403)])) == []
    assert found({"reason": "scope_missing"}, Observed(got=[problem(403)])) == ["reason"]


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (None, ["event"]),
        ({"decision": "deny", "reason": "r"}, []),
        ({"decision": "allow", "reason": "r"}, ["event's decision"]),
        ({"decision": "deny", "reason": None}, ["event's reason"]),
    ],
)
def test_the_event_says_the_same_decision_and_reason(event: Any, what: list[str]):
    exchange = Exchange("e", 1, {}, {}, {"decision": "deny", "reason": "r"}, None)
    assert [difference.what for difference in judge_event(exchange, event)] == what


def test_a_difference_names_its_exchange_and_line():
    exchange = Exchange("e", 7, {}, {}, {"decision": "allow", "origin_saw": None}, None)
    difference = judge(exchange, Observed(seen=[Seen("GET", "/", [], b"")], got=[got()]), [])[0]
    assert (difference.exchange, difference.line, difference.expected) == ("e", 7, "saw nothing")
