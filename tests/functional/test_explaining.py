"""From the id on an answer to the line of the contract that decided, for every stage; from any process, at any time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from operated import PEOPLE, Answer, Operated, ask, wait_until

from firstclass.app.explaining import explain_request
from firstclass.engine.cases.minting import TokenWish, mint_token

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def keys(shared: Operated) -> dict[str, str]:
    everything = ("getNote", "listNotes", "addNote", "getRare", "getMine")
    made = {"desk": shared.key_for("desk", *everything), "other": shared.key_for("other")}
    shared.until_status(403, "/v1/notes/7", made["other"])
    return made


@pytest.fixture(scope="module")
def token() -> str:
    entry = {"issuer": "https://people.example", "audience": "notes"}
    return mint_token(TokenWish(issuer=PEOPLE.name, claims={"sub": "ana"}), entry, int(time.time()))


@pytest.fixture
def answers(shared: Operated) -> Iterator[dict[str, tuple[int, bytes]]]:
    """What the API says by path, for one test."""
    before = dict(shared.origin.answers)
    yield shared.origin.answers
    shared.origin.answers = before


def check(shared: Operated, answer: Answer, reason: str, stage: str, words: str | None) -> dict[str, Any]:
    """`words` stand in the line of the contract that decided; None: no line did."""
    told = explain_request(shared.data, answer.request_id, shared.directory)
    assert (told["request_id"], told["decision"]) == (answer.request_id, "deny")
    assert answer.reason == told["reason"] == reason and told["stage"] == stage
    place = told["location"]
    if words is None:
        assert place is None
    else:
        assert place["file"] == "notes.yaml" and place["pointer"].startswith("/")
        assert words in shared.contract.read_text().splitlines()[place["line"] - 1], place
        assert words in told["source"] or len(words) > len(told["source"]), told
    assert len(told["hint"]) > 10
    return told


def test_framing_has_no_line(shared: Operated) -> None:
    """The connection is closed, so the id is read from the bytes."""
    told = shared.raw(b"GET /v1/open HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    found = re.search(rb"X-Request-Id: (\S+)", told)
    assert found is not None
    answer = Answer(400, {"X-Request-Id": found[1].decode()}, told.partition(b"\r\n\r\n")[2])
    check(shared, answer, "bad_framing", "framing", None)


def test_a_path_of_no_contract_has_no_line(shared: Operated) -> None:
    check(shared, shared.call("GET", "/elsewhere"), "unknown_operation", "route", None)


def test_a_path_below_an_api_leads_to_its_paths(shared: Operated) -> None:
    assert check(shared, shared.call("GET", "/v1/nowhere"), "unknown_operation", "route", "paths:")["api"] == "notes"


def test_an_undeclared_method_leads_to_its_path(shared: Operated) -> None:
    told = check(shared, shared.call("DELETE", "/v1/rare"), "method_not_allowed", "route", "/rare:")
    assert told["api"] == "notes" and told["operation"] is None


def test_a_missing_credential_leads_to_the_security(shared: Operated) -> None:
    told = check(
        shared, shared.call("GET", "/v1/notes/7"), "credential_missing", "authentication", "security: [{apiKey"
    )
    assert told["api"] == "notes" and told["operation"] == "getNote" and told["application"] is None


def test_a_wrong_token_leads_to_the_security_of_the_operation(shared: Operated, keys: dict[str, str]) -> None:
    answer = shared.call("GET", "/v1/mine/ana", keys["desk"], Authorization="Bearer nonsense")
    told = check(shared, answer, "credential_invalid", "authentication", "security: [{apiKey: [], person: []}]")
    assert [(each["kind"], each["verdict"]) for each in told["credentials"]] == [
        ("key", "perhaps_refused"),
        ("token", "perhaps_refused"),
    ]
    assert "issuers: people in firstclass.yaml" in told["hint"]


def test_a_token_that_has_ended_stood_beside_a_good_key(shared: Operated, keys: dict[str, str]) -> None:
    entry = {"issuer": "https://people.example", "audience": "notes"}
    ended = mint_token(TokenWish(issuer=PEOPLE.name, claims={"sub": "ana"}), entry, int(time.time()) - 86400)
    sent = {"Authorization": f"Bearer {ended}"}
    wait_until(
        "keys of the issuer",
        lambda: shared.call("GET", "/v1/mine/ana", keys["desk"], **sent).reason == "credential_expired",
    )
    answer = shared.call("GET", "/v1/mine/ana", keys["desk"], **sent)
    told = check(shared, answer, "credential_expired", "authentication", "security: [{apiKey: [], person: []}]")
    assert [(each["kind"], each["verdict"]) for each in told["credentials"]] == [("key", "good"), ("token", "refused")]
    assert "a good key" in shared.cli("explain", answer.request_id).out


def test_a_lacking_subscription_leads_to_the_operation(shared: Operated, keys: dict[str, str]) -> None:
    told = check(shared, shared.call("GET", "/v1/notes/7", keys["other"]), "not_subscribed", "subscription", "get:")
    assert told["application"].startswith("app_") and told["application_name"] == "other"
    assert told["hint"] == "firstclass subscriptions create other --api notes --operations getNote"


def test_a_rate_leads_to_its_line(shared: Operated, keys: dict[str, str]) -> None:
    shared.call("GET", "/v1/rare", keys["desk"])
    check(shared, shared.call("GET", "/v1/rare", keys["desk"]), "rate_exceeded", "limits", "rate: 1 per minute")


def test_a_parameter_leads_to_its_line_and_shows_no_value(shared: Operated, keys: dict[str, str]) -> None:
    answer = shared.call("GET", "/v1/notes?limit=99", keys["desk"])
    told = check(shared, answer, "parameter_invalid", "parameters", "name: limit")
    assert [(v["in"], v["name"], v["keyword"]) for v in told["violations"]] == [("query", "limit", "maximum")]
    assert "99" not in json.dumps(told["violations"])


def test_somebody_elses_object_leads_to_the_owner(shared: Operated, keys: dict[str, str], token: str) -> None:
    sent = {"Authorization": f"Bearer {token}"}
    wait_until("keys of the issuer", lambda: shared.call("GET", "/v1/mine/ana", keys["desk"], **sent).status == 200)
    check(
        shared, shared.call("GET", "/v1/mine/bob", keys["desk"], **sent), "foreign_object", "owner", "owner: token.sub"
    )


def test_a_body_leads_to_the_property(shared: Operated, keys: dict[str, str]) -> None:
    told = check(
        shared, shared.call("POST", "/v1/notes", keys["desk"], {"text": "x" * 50}), "body_invalid", "body", "text:"
    )
    assert [(v["pointer"], v["keyword"]) for v in told["violations"]] == [("/text", "maxLength")]


def test_an_undeclared_property_leads_to_the_schema(shared: Operated, keys: dict[str, str]) -> None:
    answer = shared.call("POST", "/v1/notes", keys["desk"], {"text": "x", "role": "admin"})
    told = check(shared, answer, "body_invalid", "body", "NewNote:")
    assert [(v["pointer"], v["keyword"]) for v in told["violations"]] == [("/role", "undeclared")]


def test_an_answer_that_breaks_the_contract_leads_to_the_property(
    shared: Operated, keys: dict[str, str], answers: dict[str, tuple[int, bytes]]
) -> None:
    answers["/v1/notes"] = (200, b'[{"id": "no number"}]')
    told = check(shared, shared.call("GET", "/v1/notes", keys["desk"]), "response_invalid", "response", "id:")
    assert told["violations"][0]["pointer"] == "/0/id"


def test_an_answer_that_cannot_be_read_leads_to_the_response(
    shared: Operated, keys: dict[str, str], answers: dict[str, tuple[int, bytes]]
) -> None:
    answers["/v1/notes/7"] = (200, b'{"id":')
    check(shared, shared.call("GET", "/v1/notes/7", keys["desk"]), "response_invalid", "response", "Note")


def test_an_error_of_the_api_that_no_response_declares(
    shared: Operated, keys: dict[str, str], answers: dict[str, tuple[int, bytes]]
) -> None:
    answers["/v1/notes"] = (500, b'{"secret": "stack trace"}')
    answer = shared.call("GET", "/v1/notes", keys["desk"])
    assert answer.status == 500 and b"stack trace" not in answer.body
    told = check(shared, answer, "upstream_error", "response", "get:")
    place = f"{told['location']['file']}:{told['location']['line']}"
    assert told["hint"] == f"declare 500 (or 5XX) in the responses of the operation at {place}, and its body leaves"
    assert [(found["in"], found["name"]) for found in told["left_out"]] == [("status", "500")]
    first = " ".join(shared.cli("explain", answer.request_id).out.split())
    assert first.startswith(
        "upstream_error: the API answered 500, which the contract does not declare: the status was passed on, the body"
        " replaced at "
    )


def test_a_body_that_is_no_json_is_told_so(shared: Operated, keys: dict[str, str]) -> None:
    sent = {"X-API-Key": keys["desk"], "Content-Type": "application/json"}
    answer = ask(shared.ready["traffic"], "POST", "/v1/notes", sent, b'{"text": ')
    told = explain_request(shared.data, answer.request_id)
    assert told["reason"] == "body_invalid" and told["hint"].startswith("send a well-formed body")


def test_the_path_of_an_undeclared_call_begins_with_the_api_s_own(shared: Operated) -> None:
    told = explain_request(shared.data, shared.call("PATCH", "/v1/notes/4711").request_id)
    assert (told["reason"], told["path"]) == ("method_not_allowed", "/v1/notes/{n}")


def test_an_allowed_call_is_explained_too(shared: Operated) -> None:
    told = explain_request(shared.data, shared.call("GET", "/v1/open").request_id)
    assert (told["decision"], told["reason"], told["location"]) == ("allow", None, None)


def test_the_command_tells_file_line_and_hint(shared: Operated) -> None:
    answer = shared.call("GET", "/v1/notes/7")
    done = shared.cli("explain", answer.request_id)
    assert done.code == 0 and "deny: credential_missing" in done.out
    assert "notes.yaml:4:1" in done.out and "hint: " in done.out


def test_an_id_of_nothing_is_not_found(shared: Operated) -> None:
    for wrong in ("req_0192f0c1-0000-7000-8000-000000000000", "../../etc/passwd", "7"):
        done = shared.cli("explain", wrong, "--json")
        assert done.code == 4 and done.error["code"] == "not_found", done
