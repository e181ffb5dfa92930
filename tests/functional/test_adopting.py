"""From an old gateway to this one: imported keys on a running gateway, a rehearsed log, a checked issuer."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from operated import Operated, Origin, wait_until

OLD = "OLD KEY/00000001+é?"
IN_URL = "OLD%20KEY%2F00000001%2B%C3%A9%3F"

KONG = """_format_version: "3.0"
services:
- name: notes
  url: http://notes:3000
  plugins: [{name: key-auth, config: {key_names: [X-API-Key]}}, {name: cors}, {name: rate-limiting, config: {day: 3}}]
  routes: [{name: reading, paths: [/v1/notes], methods: [GET]}, {name: gone, paths: [/v0]}]
consumers:
- username: kiosk
  custom_id: kiosk@example.com
  keyauth_credentials: [{key: KONG-KEY-00000001}]
"""
APISIX = """routes:
  - {name: reading, uri: /v1/notes/*, methods: [GET], plugins: {key-auth: {header: X-API-Key, query: api_key}}}
consumers:
  - {username: kiosk, plugins: {key-auth: {key: APISIX-KEY-00000001}}}
#END
"""
TYK = {
    "apis": [
        {"name": "notes", "api_id": "n", "auth": {"auth_header_name": "X-API-Key"}, "proxy": {"listen_path": "/v1/"}}
    ],
    "keys": {"TYK-KEY-00000001": {"alias": "kiosk", "access_rights": {"n": {}}, "expires": -1}},
}


@pytest.fixture
def adopting(site: Operated) -> Operated:
    """A running gateway whose contract lets old keys stand in a query."""
    site.edit_contract("name: X-API-Key}", "name: X-API-Key, x-firstclass: {legacy_query: api_key}}")
    site.apply()
    site.start()
    return site


def table(site: Operated, *rows: str) -> Path:
    path = site.directory / "keys.csv"
    path.write_text("application,owner,key,operations\n" + "".join(f"{row}\n" for row in rows))
    return path


def import_(site: Operated, *words: str) -> Any:
    return site.json("import", *words, "--api", "notes")


def test_an_old_key_goes_on_where_it_was_sent(adopting: Operated) -> None:
    table(adopting, f"kiosk,kiosk@example.com,{OLD},getNote listNotes")
    result = import_(adopting, "csv", "keys.csv", "--expires", "30d")
    assert (result["applications"], result["keys"], result["without_equivalent"]) == (1, 1, [])
    adopting.until_status(200, f"/v1/notes/7?api_key={IN_URL}")
    assert adopting.call("GET", "/v1/notes/7", OLD.encode().decode("latin-1")).status == 200
    assert adopting.call("GET", f"/v1/rare?api_key={IN_URL}").reason == "not_subscribed"
    assert adopting.call("GET", f"/v1/notes/7?api_key={IN_URL}", "x").reason == "credential_invalid"

    def listed() -> dict[str, Any] | None:
        (key,) = adopting.json("keys", "list", "kiosk")["items"]
        return key if key["query_uses"] else None

    key = wait_until("uses in a query are counted", listed)
    assert key["class"] == "legacy" and key["prefix"].startswith("legacy_") and key["state"] == "active"
    again = import_(adopting, "csv", "keys.csv")
    assert (again["keys"], again["recognised"]) == (0, {"applications": 1, "keys": 1})
    adopting.json("keys", "revoke", key["id"], "--wait")
    assert adopting.call("GET", f"/v1/notes/7?api_key={IN_URL}").reason == "credential_revoked"


def test_a_key_of_which_only_the_sha256_is_known_goes_on(adopting: Operated) -> None:
    import hashlib

    table(adopting, f"kiosk,k@example.com,sha256:{hashlib.sha256(b'HASHED-KEY-000001').hexdigest()},getNote")
    assert import_(adopting, "csv", "keys.csv")["keys"] == 1
    adopting.until_status(200, "/v1/notes/7", "HASHED-KEY-000001")
    table(adopting, "kiosk,k@example.com,HASHED-KEY-000001,getNote")
    assert import_(adopting, "csv", "keys.csv")["recognised"]["keys"] == 1, "by its text, it is the same key"


@pytest.mark.parametrize(
    ("source", "content", "key", "opened"),
    [
        ("kong", KONG, "KONG-KEY-00000001", "/v1/notes/7"),
        ("apisix", APISIX, "APISIX-KEY-00000001", "/v1/notes/7"),
        ("tyk", json.dumps(TYK), "TYK-KEY-00000001", "/v1/rare"),
    ],
)
def test_exports_of_other_gateways_open_what_they_opened(
    adopting: Operated, source: str, content: str, key: str, opened: str
) -> None:
    (adopting.directory / f"export.{'json' if source == 'tyk' else 'yaml'}").write_text(content)
    name = next(adopting.directory.glob("export.*")).name
    rehearsed = import_(adopting, source, name, "--dry-run")
    assert rehearsed["keys"] == 1 and adopting.json("applications", "list")["items"] == []
    result = import_(adopting, source, name)
    assert (result["applications"], result["keys"], result["subscriptions"]) == (1, 1, 1)
    adopting.until_status(200, opened, key)
    body = {"text": "x"}
    assert adopting.call("POST", "/v1/notes", key, body).reason == (None if source == "tyk" else "not_subscribed")
    assert import_(adopting, source, name)["recognised"] == {"applications": 1, "keys": 1}
    if source == "kong":
        lost = {each["what"]: each for each in result["without_equivalent"]}
        assert result["plans"] == [{"name": "imported-3-per-day", "limits": ["quota 3 per day by application"]}], (
            "the limit came, too"
        )
        adopting.apply()
        statuses = [adopting.call("GET", opened, key).status for _ in range(4)]
        assert statuses[-1] == 429, "and another apply leaves it"
        assert lost["plugin cors"]["line"] == 5 and "route gone: any method /v0 is no operation" in lost


def test_a_wrong_line_imports_nothing(adopting: Operated) -> None:
    table(adopting, "kiosk,k@example.com,GOOD-KEY,getNote", "desk,d@example.com,SECRET-KEY,getNotes")
    done = adopting.cli("import", "csv", "keys.csv", "--api", "notes", "--json")
    assert done.code == 1 and done.error["where"]["line"] == 3 and "getNote" in done.error["hint"], done
    assert "SECRET-KEY" not in done.out + done.err
    assert adopting.json("applications", "list")["items"] == []
    assert adopting.cli("import", "csv", "keys.csv", "--api", "nothing", "--json").code == 4
    assert adopting.cli("import", "csv", "none.csv", "--api", "notes", "--json").code == 4
    assert adopting.cli("import", "nginx", "keys.csv", "--api", "notes", "--json").code == 2


def line(target: str, status: int = 200, method: str = "GET") -> str:
    return f'192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "{method} {target} HTTP/1.1" {status} 0 "-" "-"\n'


def test_a_rehearsal_says_what_would_differ(fresh: Operated) -> None:
    log = fresh.directory / "access.log.gz"
    lines = [line("/v1/notes/7")] * 5 + [line("/v1/notes?limit=99&debug=1"), line("/v1/old/4711"), "rubbish\n"]
    log.write_bytes(gzip.compress("".join(lines).encode()))
    result = fresh.json("rehearse", log.name, "--api", "notes")
    assert (result["calls"], result["agree"], result["unreadable"]) == (7, 5, 1)
    differ = {(each["operation"], each["reason"]): each["calls"] for each in result["differ"]}
    assert differ == {("listNotes", "parameter_invalid"): 1, (None, "unknown_operation"): 1}
    assert "4711" not in json.dumps(result)
    assert fresh.cli("rehearse", "none.log", "--api", "notes").code == 4
    assert fresh.cli("rehearse", log.name, "--api", "nothing").code == 4
    log.write_bytes(log.read_bytes()[:40])
    assert fresh.cli("rehearse", log.name, "--api", "notes").code == 1


def test_a_rehearsal_agrees_with_the_gateway(shared: Operated, tmp_path: Path) -> None:
    """What the log rehearses to is what the same calls get from a running gateway."""
    key = shared.key_for("all", "getNote", "listNotes", "getOpen")
    targets = [
        *("/v1/notes/7", "/v1/notes/0", "/v1/notes/seven", "/v1/notes/7?x=1", "/v1/notes", "/v1/notes?limit=50"),
        *("/v1/notes?limit=51", "/v1/notes?limit=5&limit=6", "/v1/notes?limit=%zz", "/v1/open", "/v1/open/", "/v1/no"),
        *("/v1/open?X-API-Key=1", "/v1/notes/7?q=fc_live_1", "/v1//notes", "/v1/../v1/open", "/v1/notes/%2e%2e/x"),
    ]
    shared.until_status(200, "/v1/notes/7", key)
    for target in targets:
        answer = shared.call("GET", target, key)
        (tmp_path / "one.log").write_text(line(target))
        result = shared.json("rehearse", str(tmp_path / "one.log"), "--api", "notes")
        told = [each["reason"] for each in result["differ"]]
        # What the API answers is no part of a log: here a list is declared, and it answers an object.
        expected = [] if answer.status in (200, 502) else [answer.reason]
        assert told == expected, (target, answer.status, answer.reason)


class Issuer:
    """An issuer that answers its metadata, or leads elsewhere."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: tuple[int, bytes, dict[str, str]] = (404, b"", {})
        self.path = ""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                status, body, headers = issuer.answer if self.path == issuer.path else (404, b"", {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()


def test_an_issuer_is_asked_where_the_standards_say(fresh: Operated, issuer: Issuer) -> None:
    named = f"{issuer.url}/tenant"
    issuer.path = "/.well-known/oauth-authorization-server/tenant"
    issuer.answer = (200, json.dumps({"issuer": named, "grant_types_supported": ["password"]}).encode(), {})
    told = fresh.json("check", "issuer", named)
    assert told["issuer"] == named and {"password_grant", "no_s256"} <= {each["code"] for each in told["harms"]}
    assert issuer.asked == ["/tenant/.well-known/openid-configuration", issuer.path]
    assert all(each["message"] and each["fix"] for each in told["harms"])


def test_an_issuer_leads_nowhere_else(fresh: Operated, issuer: Issuer, origin: Origin) -> None:
    issuer.path, before = "/.well-known/openid-configuration", origin.calls
    issuer.answer = (302, b"", {"Location": f"{origin.url}/v1/stolen"})
    assert fresh.cli("check", "issuer", issuer.url, "--json").code == 5 and origin.calls == before
    issuer.answer = (200, b" " * 300_000 + b"{}", {})
    assert fresh.cli("check", "issuer", issuer.url, "--json").code == 5
    issuer.answer = (200, b"[]", {})
    assert fresh.cli("check", "issuer", issuer.url, "--json").code == 5


def test_a_file_of_metadata_is_checked_with_lines(fresh: Operated) -> None:
    (fresh.directory / "issuer.json").write_text(
        '{"issuer": "https://login.example",\n"grant_types_supported": ["implicit"]}'
    )
    told = fresh.json("check", "issuer", "issuer.json")
    (implicit,) = [each for each in told["harms"] if each["code"] == "implicit_grant"]
    assert implicit["line"] == 2
    assert fresh.cli("check", "issuer", "issuer.json", "--token", "nothing", "--json").code == 2
    assert fresh.json("check")["ok"], "the other check is what it was"


def test_init_on_a_live_api_locks_nobody_out(fresh: Operated, origin: Origin) -> None:
    """A contract that says nothing of callers: everybody goes on as before, also with what it does not declare."""
    fresh.config.unlink()
    fresh.edit_contract("security: [{apiKey: []}]\n", "")
    done = fresh.json("init", "notes.yaml", "--upstream", origin.url)
    assert "security" in Path(done["overlay"]).read_text() and "mode: observe" in fresh.config.read_text()
    assert fresh.json("check")["ok"]
    text = fresh.config.read_text()
    for port in ("8080", "8081", "8082"):
        text = text.replace(f"127.0.0.1:{port}", "127.0.0.1:0")
    fresh.config.write_text(text)
    fresh.start()
    assert fresh.call("GET", "/v1/notes/7").status == 200
    assert fresh.call("GET", "/v1/notes/7?unknown=1").status == 200
    assert fresh.call("GET", "/v1/mine/me").reason == "credential_missing", "what asked for a credential still does"


def test_what_observe_changes_all_the_same_is_told_before_the_first_call(fresh: Operated, origin: Origin) -> None:
    """By `init` at its end and by `check`; not where everything is enforced, or of a contract alone."""
    first = "in observe, callers see this all the same, from the first call on:"
    guide = "docs/guides/observe-to-enforce.md#what-changes-even-in-observe"
    assert first not in fresh.cli("check").out and fresh.json("check")["in_observe"] == []
    assert fresh.json("check", "notes.yaml")["in_observe"] == []
    fresh.config.unlink()
    said = fresh.cli("init", "notes.yaml", "--upstream", origin.url).out
    checked = fresh.cli("check").out
    for text in (said, checked):
        assert first in text and guide in text and "undeclared 4XX and 5XX: the status passes" in text
    told = fresh.json("check")["in_observe"]
    assert "Link, X-Total-Count" in {each["of"]: each["becomes"] for each in told}["undeclared headers of answers"]


def test_init_on_a_live_api_with_keys_says_how_they_go_on(fresh: Operated, origin: Origin) -> None:
    fresh.config.unlink()
    done = fresh.json("init", "notes.yaml", "--upstream", origin.url)
    assert any(step.startswith("firstclass import csv keys.csv --api notes") for step in done["next"])
