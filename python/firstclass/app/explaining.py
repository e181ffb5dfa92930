"""From a request id to the line of the contract that decided. What to do about it is in `hints`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from firstclass.app.hints import MALFORMED, Parties, find_operation, hint_for, no_http
from firstclass.app.opening import open_event_log, open_store
from firstclass.app.plan_places import find_limit, find_plan_place
from firstclass.app.presented import tell_presented
from firstclass.app.settings import LoadedSettings
from firstclass.app.source_lines import find_source_line
from firstclass.app.upstream_look import find_stranger
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish import refused_answers
from firstclass.publish.readiness import ANSWERS
from firstclass.storage.events import request_time

# An event reaches the log within a fraction of a second; who asks faster waits for it.
WAIT_SECONDS = 1.5


def explain_request(
    data: Path, request_id: str, directory: Path | None = None, loaded: LoadedSettings | None = None
) -> dict[str, Any]:
    """What `explain --json` prints. `directory` has the contracts, `loaded` says where plans
    stand; None: their lines are not shown.

    Raises:
        FirstclassError: no event of that request is known.
    """
    event = _find(data, request_id)
    if event is None:
        hint = "the id is the X-Request-Id of an answer; events are kept as long as their total stays within its bound"
        message = f"no event of {request_id!r} is known"
        if request_time(request_id) is None:
            message = f"{request_id!r} is no request id"
            hint = "it is the X-Request-Id of an answer, as it stands there: req_ and 36 characters"
        raise FirstclassError("not_found", message, hint=hint, exit_code=Exit.NOT_FOUND)
    reason, relaxed = event.get("reason"), event.get("would_refuse") or []
    told = relaxed[0] if reason is None and relaxed else event
    left_out = event.get("left_out") or []
    # Where nothing else is to be told, the schema that does not declare what was left out.
    decided = told.get("rule") or next((found["rule"] for found in left_out if found.get("rule")), None)
    parties, source_map = _look_up(data, event, str(decided))
    rule = rule_in_contract(str(decided), str(told.get("reason"))) if decided else ""
    place = place_of(source_map, rule) or (find_plan_place(loaded, rule) if loaded is not None else None)
    return {
        "request_id": request_id,
        "time": event.get("time"),
        "api": event.get("api"),
        "operation": event.get("operation"),
        "application": event.get("application"),
        "application_name": parties.application.name if parties.application else None,
        "credentials": _credentials(event, parties),
        "decision": event.get("decision"),
        "reason": reason,
        "summary": _summary(reason, event),
        "stage": told.get("stage"),
        "violations": _violations(told, relaxed if told is not event else []),
        "would_refuse": [entry.get("reason") for entry in relaxed],
        "left_out": left_out,
        "method": event.get("method"),
        "path": event.get("path_shape"),
        "status": event.get("status"),
        "plan": parties.plan.name if parties.plan else None,
        "location": place,
        "source": find_source_line(directory, place) if place and directory else None,
        "hint": _hint(
            event, [str(entry.get("reason")) for entry in relaxed], parties, place, has_left_out=bool(left_out)
        ),
        **_sessions(reason, parties),
    }


def _credentials(event: dict[str, Any], parties: Parties) -> list[dict[str, str]]:
    """Which credential was good and which was refused."""
    operation = find_operation(parties)
    if parties.bundle is None or operation is None:
        return []
    return [each.as_json() for each in tell_presented(event, operation["access"], parties.bundle["schemes"])]


def _violations(told: dict[str, Any], relaxed: list[dict[str, Any]]) -> list[Any]:
    """What was wrong: what refused a call, or all that would have refused one that passed."""
    return [violation for entry in relaxed or [told] for violation in entry.get("violations") or []]


def _sessions(reason: str | None, parties: Parties) -> dict[str, Any]:
    """Where a session was unknown: of how many calls so far that is so."""
    calls = parties.session_calls if reason == "subject_unknown" else None
    if calls is None:
        return {}
    return {"sessions": {"known": calls.known, "unknown": calls.unknown, "share": round(calls.share, 4)}}


def _summary(reason: str | None, event: dict[str, Any]) -> str | None:
    """What became of a failure of the API's own, which nobody refused, or that what came was no HTTP: a sentence. None:
    the reason says it."""
    if is_no_http(event):
        return "what came from the upstream is no answer in HTTP/1.1"
    if reason != "upstream_error":
        return None
    is_declared = _is_declared(event)
    what = "with another body than the contract declares" if is_declared else "which the contract does not declare"
    return f"the API answered {event.get('status')}, {what}: the status was passed on, the body replaced"


def _is_declared(event: dict[str, Any]) -> bool:
    """Whether a response of the operation has the status that the API answered: it, or its schema, decided."""
    operation, _, number = str(event.get("rule") or "").partition("/")
    return operation != "operations" or "/" in number


def _hint(
    event: dict[str, Any],
    would_refuse: list[str],
    parties: Parties,
    place: dict[str, Any] | None,
    *,
    has_left_out: bool,
) -> str:
    reason = event.get("reason")
    if reason == "upstream_error":
        at = f" at {place['file']}:{place['line']}" if place else ""
        status = int(event.get("status") or 0)
        if _is_declared(event):
            return f"declare the body that it has, or correct the API: see the responses of the operation{at}"
        return f"declare {status} (or {status // 100}XX) in the responses of the operation{at}, and its body leaves"
    if reason == "body_invalid" and any(found.get("keyword") == "syntax" for found in event.get("violations") or []):
        return MALFORMED
    if reason in ANSWERS and event.get("violations"):
        return refused_answers.to_do(event["violations"][0])
    if is_no_http(event):
        return _of_stranger(parties) or no_http(parties)
    if reason == "upstream_unreachable":
        return _of_stranger(parties) or hint_for(reason, parties)
    if reason is not None:
        return hint_for(reason, parties)
    if not would_refuse and has_left_out:
        return "what was left out passes once the contract, or its overlay, declares it"
    if not would_refuse:
        return "nothing to do"
    if would_refuse[0] == "response_invalid":
        return "the API's answer breaks its contract; with responses: strict it would have been refused"
    return f"{hint_for(would_refuse[0], parties)}; mode: enforce refuses it"


def is_no_http(event: dict[str, Any]) -> bool:
    """Whether not even the head of the answer could be read: of what breaks the contract there is a violation."""
    return event.get("reason") == "response_invalid" and not event.get("violations")


def _of_stranger(parties: Parties) -> str | None:
    """What listens at the upstream now, where that can be no API."""
    return find_stranger(parties.bundle["api"]["upstream"]) if parties.bundle is not None else None


def _find(data: Path, request_id: str) -> dict[str, Any] | None:
    log, deadline = open_event_log(data), time.monotonic() + WAIT_SECONDS
    while True:
        try:
            event = log.find(request_id)
        except OSError as problem:
            message = f"the events in {data} cannot be read: {problem.strerror or problem}"
            hint = "check their owner and rights"
            raise FirstclassError("events_unreadable", message, hint=hint, exit_code=Exit.UNAVAILABLE) from None
        if event is not None or time.monotonic() > deadline or request_time(request_id) is None:
            return event
        time.sleep(0.1)


def _look_up(data: Path, event: dict[str, Any], rule: str) -> tuple[Parties, dict[str, Any]]:
    """Who and what the event names, and the source map of its bundle. A store that cannot be read only leaves names and
    places out: what happened is in the event."""
    api, digest, operation = event.get("api"), event.get("contract_hash"), event.get("operation")
    caller, shown = event.get("application"), event.get("credential")
    try:
        store = open_store(data)
    except FirstclassError:
        return Parties(), {}
    try:
        with store.read() as reader:
            bundle = reader.bundles.with_hash(api, digest) if api and digest else None
            plan, limit = find_limit(reader, rule)
            parties = Parties(
                application=reader.applications.find(caller) if caller else None,
                credential=reader.credentials.find(shown) if shown else None,
                bundle=json.loads(bundle.payload) if bundle else None,
                api=api,
                operation=operation,
                plan=plan,
                limit=limit,
                session_calls=reader.sightings.session_calls(api) if api else None,
            )
            return parties, json.loads(bundle.source_map) if bundle else {}
    except FirstclassError:
        return Parties(), {}
    finally:
        store.close()


def rule_in_contract(rule: str, reason: str) -> str:
    """The rule as the source map names it: who gets in stands in the operation's security. That an application is not
    subscribed stands in no contract; the operation is shown."""
    if reason == "foreign_object" and "/parameters/" in rule:
        return f"{rule}/owner"
    operation, _, part = rule.partition("/access")
    if part or operation == rule or reason == "not_subscribed":
        return rule
    return f"{operation}/security"


def place_of(source_map: dict[str, Any], rule: str) -> dict[str, Any] | None:
    """The place of a rule, or of the nearest thing above it that has one."""
    while rule:
        if rule in source_map:
            place: dict[str, Any] = source_map[rule]
            return place
        rule = rule.rpartition("/")[0]
    return None
