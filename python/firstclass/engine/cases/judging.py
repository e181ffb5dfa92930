"""Hold an expectation against what was observed. Subset matching: what is not written is not judged, apart from what
must hold for every exchange (`_always`)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from firstclass.engine.cases.model import Difference, Exchange, Got, Headers, Json, Observed, Seen
from firstclass.model.counted import counted

PROBLEM = "application/problem+json"
SHOWN = 400


def judge(exchange: Exchange, observed: Observed, minted: list[str]) -> list[Difference]:
    """Everything that is not as written."""
    found = [*_always(observed, minted), *_expected(exchange.expect, observed)]
    return [Difference(exchange.name, exchange.line, *parts) for parts in found]


def judge_event(exchange: Exchange, event: Json | None) -> list[Difference]:
    """Decision and reason as the engine reported them."""
    found: list[tuple[str, str, str]] = []
    expect = exchange.expect
    if event is None:
        found.append(("event", "one event for the call", "none within three seconds"))
    else:
        if event.get("decision") != expect["decision"]:
            found.append(("event's decision", _show(expect["decision"]), _show(event.get("decision"))))
        if "reason" in expect and event.get("reason") != expect["reason"]:
            found.append(("event's reason", _show(expect["reason"]), _show(event.get("reason"))))
    return [Difference(exchange.name, exchange.line, *parts) for parts in found]


Found = Iterator[tuple[str, str, str]]


def _always(observed: Observed, minted: list[str]) -> Found:
    """What holds for every exchange: credentials stay inside, refusals have their form, answers have an id."""
    for secret in minted:
        if len(secret) < 16:
            continue  # a piece of a credential, sent to be refused
        raw = secret.encode()
        if raw in observed.bytes_received:
            yield "credential", "stays out of the answer", f"{secret[:12]}… came back"
        for seen in observed.seen:
            if raw in seen.body or any(secret in value for _, value in seen.headers) or secret in seen.target:
                yield "credential", "never reaches the origin", f"{secret[:12]}… did"
    for got in observed.got:
        if _header(got.headers, "X-Request-Id") is None:
            yield "X-Request-Id", "on every answer", f"absent from a {got.status}"
        media = _header(got.headers, "Content-Type") or ""
        if media.startswith(PROBLEM) and got.body and b'"request_id"' in got.body:
            problem = _json(got.body)
            for member in ("type", "title", "status", "reason", "request_id"):
                if not isinstance(problem, dict) or not problem.get(member):
                    yield f"problem's {member}", "present", _show(problem)
            if isinstance(problem, dict) and problem.get("status") != got.status:
                yield "problem's status", str(got.status), _show(problem.get("status"))


def _expected(expect: Json, observed: Observed) -> Found:
    client = expect.get("client_got") or {}
    yield from _origin(expect, observed)
    if not observed.got:
        if client:
            yield "answer", "one", observed.problem or f"none; received {observed.bytes_received[:SHOWN]!r}"
        return
    got = observed.got[0]
    yield from _client(client, got, observed)
    reason = expect.get("reason")
    if reason is not None and got.body:
        problem = _json(got.body)
        said = problem.get("reason") if isinstance(problem, dict) else None
        if said != reason:
            yield "reason", reason, f"{said} in a {got.status}: {got.body[:SHOWN]!r}"


def _origin(expect: Json, observed: Observed) -> Found:
    if "origin_saw" not in expect:
        return
    wanted, seen = expect["origin_saw"], observed.seen
    if wanted is None:
        if seen:
            yield "origin", "saw nothing", f"saw {_summary(seen)}"
        return
    count = wanted.get("count", 1)
    if len(seen) != count:
        answered = [(g.status, g.body[:SHOWN]) for g in observed.got]
        yield "origin", f"saw {counted(count, 'request')}", f"saw {_summary(seen)}; answers {answered}"
        return
    first = seen[0]
    for member, value in (("method", first.method), ("target", first.target)):
        if member in wanted and wanted[member] != value:
            yield f"{member} at the origin", wanted[member], value
    yield from _headers("at the origin", wanted.get("headers", {}), first.headers)
    yield from _body("body at the origin", wanted, first.body)


def _client(wanted: Json, got: Got, observed: Observed) -> Found:
    if "status" in wanted and wanted["status"] != got.status:
        yield "status", str(wanted["status"]), f"{got.status}: {got.body[:SHOWN]!r}"
        return
    yield from _headers("at the client", wanted.get("headers", {}), got.headers)
    yield from _body("body at the client", wanted, got.body)
    for text in wanted.get("absent", ()):
        if text.encode() in observed.bytes_received:
            yield "absent", f"{text!r} does not leave", repr(observed.bytes_received[:SHOWN])
    for violation in wanted.get("violations", ()):
        problem = _json(got.body)
        listed = problem.get("violations", []) if isinstance(problem, dict) else []
        if not any(_folded(violation).items() <= _folded(each).items() for each in listed if isinstance(each, dict)):
            yield "violations", _show(violation), _show(listed)
    if "count" in wanted and len(observed.got) != wanted["count"]:
        yield "answers", str(wanted["count"]), str(len(observed.got))
    if wanted.get("closed") and not observed.closed:
        yield "connection", "closed", "still open after two seconds"


def _headers(where: str, wanted: dict[str, Json], headers: Headers) -> Found:
    for name, value in wanted.items():
        found = [v for k, v in headers if k.lower() == name.lower()]
        shown = "absent" if not found else " and ".join(found)
        if value is None:
            if found:
                yield f"{name} {where}", "absent", shown
        elif value is True:
            if not found:
                yield f"{name} {where}", "present", shown
        elif isinstance(value, dict) and "$not" in value:
            if any(re.search(value["$not"], each) for each in found):
                yield f"{name} {where}", f"not like {value['$not']}", shown
        elif len(found) != 1 or not _same(value, found[0]):
            yield f"{name} {where}", _show(value), shown


def _body(where: str, wanted: Json, body: bytes) -> Found:
    if "json" in wanted:
        parsed = _json(body)
        if not _same(wanted["json"], parsed):
            yield where, _show(wanted["json"]), repr(body[:SHOWN])
    exact = wanted["body"].encode() if "body" in wanted else None
    if "body_base64" in wanted:
        exact = base64.b64decode(wanted["body_base64"])
    if exact is not None and exact != body:
        yield where, repr(exact[:SHOWN]), repr(body[:SHOWN])


def _same(wanted: Json, value: Any) -> bool:
    """Equal as JSON: types count, order of members does not; `{"$match": pattern}` stands for a string like it."""
    if isinstance(wanted, dict) and set(wanted) == {"$match"}:
        return isinstance(value, str) and re.search(wanted["$match"], value) is not None
    if isinstance(wanted, dict):
        return (
            isinstance(value, dict)
            and set(wanted) == set(value)
            and all(_same(wanted[name], value[name]) for name in wanted)
        )
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(wanted) == len(value)
            and all(_same(a, b) for a, b in zip(wanted, value, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def _folded(violation: dict[str, Any]) -> dict[str, Any]:
    """A header's name has no case."""
    name = violation.get("name")
    return {**violation, "name": name.lower()} if violation.get("in") == "header" and name else violation


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _header(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def _summary(seen: list[Seen]) -> str:
    if not seen:
        return "nothing"
    return ", ".join(f"{each.method} {each.target} ({len(each.body)} bytes)" for each in seen)


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:SHOWN]
