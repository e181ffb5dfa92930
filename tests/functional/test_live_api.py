"""An API that checks its callers itself, behind the gateway in an afternoon: nobody is locked out between `init` and
`enforce`, and what is then declared holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from live_api import CHALLENGES, QUERY, WAYS, LiveApi, contract
from operated import Operated, ask, wait_until

pytestmark = pytest.mark.timeout(180)
CALLS = 5
POLICY = """
  - target: $.paths['/login'].post.security
    remove: true
  - target: $.paths['/login'].post
    update: {security: [], x-firstclass: {login: {token: /token, subject: /id}}}
  - target: $.components.securitySchemes.token
    update: {x-firstclass: {subject: login}}
  - target: $.paths['/users/{id}'].parameters[0]
    update: {x-firstclass: {object: user, owner: subject}}
"""


@pytest.fixture
def api() -> Iterator[LiveApi]:
    api = LiveApi()
    yield api
    api.close()


@pytest.fixture
def begun(fresh: Operated, api: LiveApi) -> Operated:
    """The gateway as `init` set it up, on free ports; running."""
    fresh.config.unlink()
    fresh.contract.write_text(json.dumps(contract()))
    done = fresh.cli("init", "notes.yaml", "--upstream", api.url, "--name", "notes")
    assert done.code == 0 and "pass on to the API" in done.out + done.err, done
    text = fresh.config.read_text()
    assert "mode: observe" in text
    for port in ("8080", "8081", "8082"):
        text = text.replace(f"127.0.0.1:{port}", "127.0.0.1:0")
    fresh.config.write_text(text.replace("data: .firstclass", "data: data"))
    assert fresh.json("check")["errors"] == []
    return fresh


def call_all(site: Operated) -> dict[str, int]:
    """The status of one call by each way in that callers use today."""
    ways = [(path, {name: value}) for path, (name, value) in WAYS.items()]
    return {path: ask(site.ready["traffic"], "GET", path, sent, None).status for path, sent in [*ways, (QUERY, {})]}


def sign_in(site: Operated, user: int) -> Any:
    """A caller signs in, as today: with no credential."""
    answer = site.call("POST", "/v1/login", body={"id": user})
    assert answer.status == 200, answer
    return json.loads(answer.body)["token"]


def read(site: Operated, user: int, token: str) -> tuple[int, str | None]:
    """Status and reason."""
    answer = site.call("GET", f"/v1/users/{user}", Authorization=f"Bearer {token}")
    return answer.status, answer.reason


def test_nobody_is_locked_out_and_then_foreign_objects_are(begun: Operated, api: LiveApi) -> None:
    site = begun
    site.start()
    for _ in range(CALLS):
        told = call_all(site)
        assert set(told.values()) == {200}, told
        token = sign_in(site, 7)
        assert read(site, 7, token)[0] == read(site, 8, token)[0] == 200, "as today: nothing is declared of owners"
        assert site.call("GET", "/v1/unsaid").status == 401, "the API's own answer"
    seen = api.seen[-2]
    assert "firstclass-application" not in seen and "firstclass-subject" not in seen
    told = wait_until(
        "all calls are counted",
        lambda: (
            (found := {each["operation"]: each for each in site.json("enforce", "notes")["held_back"]})["login"]["of"]
            >= CALLS
            and found
        ),
    )
    assert told["login"]["places"][0] | {"calls": 0} == {
        "class": "parameters",
        "in": "header",
        "name": "authorization",
        "keyword": "credential",
        "calls": 0,
        "refused": 0,
        "applications": 0,
    }
    before = token
    overlay = site.directory / "policy.overlay.yaml"
    overlay.write_text(overlay.read_text() + POLICY)
    site.json("apply")
    session = wait_until("the new contract", lambda: (t := sign_in(site, 7)) and read(site, 8, t)[0] == 404 and t)
    for _ in range(CALLS):
        assert set(call_all(site).values()) == {200}
        assert read(site, 7, session)[0] == 200
    assert read(site, 7, before) == (401, "subject_unknown"), "it began before anybody learnt of sessions"
    site.json("enforce", "notes", "--all")
    wait_until("enforced", lambda: site.call("GET", "/v1/token").reason == "credential_missing")
    assert set(call_all(site).values()) == {200}
    assert read(site, 7, sign_in(site, 7))[0] == 200
    assert read(site, 8, session) == (404, "foreign_object")
    assert read(site, 7, "invented") == (401, "subject_unknown")


def test_what_is_ready_is_enforced_and_goes_on(begun: Operated) -> None:
    site = begun
    site.start()
    for _ in range(CALLS):
        call_all(site)
        sign_in(site, 7)
    moved: set[str] = set()

    def is_ready() -> dict[str, Any] | None:
        found: dict[str, Any] = site.json("enforce", "notes", "--ready", "--calls", str(CALLS))
        moved.update(found["moved"])
        return found if len(moved) > len(WAYS) else None

    ready = wait_until("all calls are counted", is_ready)
    assert "login" in {each["operation"] for each in ready["held_back"]}
    wait_until("enforced", lambda: site.call("GET", "/v1/token").reason == "credential_missing")
    assert set(call_all(site).values()) == {200}
    assert sign_in(site, 7), "what came without the credential is only observed still"


def test_who_signs_in_by_a_cookie_gets_it_and_goes_on(begun: Operated) -> None:
    site = begun
    site.start()
    for path in ("/v1/sign-in", "/v1/form"):
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        url = f"http://{site.ready['traffic']}"
        with pytest.raises(HTTPError) as refused:
            browser.open(f"{url}/v1/cookie")
        refused.value.close()
        assert refused.value.code == 401
        for request in (Request(f"{url}{path}", data=b"", method="POST"), Request(f"{url}/v1/cookie")):
            with browser.open(request) as answer:
                assert answer.status == 200 and answer.read() == b'{"ok": true}'


def test_the_challenges_of_the_api_reach_who_has_to_answer_them(begun: Operated) -> None:
    begun.start()
    for path in ("/v1/basic", "/v1/token"):
        connection = HTTPConnection(begun.ready["traffic"])
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 401 and answer.headers.get_all("WWW-Authenticate") == [text for _, text in CHALLENGES]
        connection.close()


def test_check_tells_that_nobody_here_checks_who_calls(begun: Operated) -> None:
    told = begun.json("check")
    harms = [harm for harm in told["harms"] if harm["code"] == "credential_unchecked"]
    assert {harm["message"].split(" for ")[1].split(" ")[0] for harm in harms} >= {"token", "basic", "key", "query"}
    assert all("#" in harm["fix"] for harm in harms) and told["grade"] in "DEF"
    lines = begun.cli("check").out
    assert "with any text for a credential" in " ".join(lines.split()).lower()


def test_dev_says_what_enforce_would_refuse(begun: Operated) -> None:
    begun.start("dev")
    for _ in range(2):
        sign_in(begun, 7)
    begun.said("header authorization is missing, a credential; enforce would answer 401")
    answer = begun.call("POST", "/v1/login", body={"id": 7})
    told = wait_until("the event", lambda: begun.json("explain", answer.request_id))
    assert told["would_refuse"] == ["credential_missing"] and "which the API itself checks" in told["hint"], told
