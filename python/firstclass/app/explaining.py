"""From a request id to the line of the contract that decided."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from firstclass.app.opening import open_event_log, open_store
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage.events import request_time

# An event reaches the log within a fraction of a second; who asks faster waits for it.
WAIT_SECONDS = 1.5

HINTS = {
    "bad_framing": "send one well-formed HTTP/1.1 message with exactly one Host and one length",
    "bad_target": "send the path in normal form: no dot segments, no empty segments, no encoded slashes",
    "head_too_large": "send fewer or shorter headers, or a shorter target",
    "parameter_invalid": "send only declared parameters, as the contract describes them",
    "body_invalid": "send only declared properties, as the contract describes them",
    "credential_missing": "send the credential that the operation's security asks for",
    "credential_invalid": "check the credential; firstclass keys issue makes a new key",
    "credential_expired": "rotate the key or fetch a new token",
    "credential_revoked": "issue a new key: firstclass keys issue APPLICATION",
    "credential_too_weak": "the operation asks for a stronger credential than this one",
    "subject_unknown": "send a token that says whom it speaks for (the claim sub)",
    "not_subscribed": "firstclass subscriptions create APPLICATION --api API --operations OPERATION",
    "scope_missing": "ask the issuer for a token with the scopes that the operation lists",
    "unknown_operation": "the contract has no such path; declare it, or call one that is declared",
    "foreign_object": "the id belongs to somebody else; a caller reaches only its own objects",
    "method_not_allowed": "use one of the methods in Allow, or declare this one",
    "not_acceptable": "accept a media type that the contract declares for the answer",
    "body_too_large": "send less, or raise maxLength in the contract",
    "media_type_unsupported": "send a media type that the contract declares, without a content coding",
    "masked_value_written": "write back only values that were not masked for this caller",
    "rate_exceeded": "wait as long as Retry-After says, or raise the rate in the contract",
    "concurrency_exceeded": "send fewer calls at once",
    "overloaded": "come back as Retry-After says; where it stays, give the gateway more cores or memory",
    "response_invalid": "the API's answer breaks its contract: mend one of the two",
    "response_unreadable": "the API's answer could not be read: it must be whole, uncompressed JSON",
    "upstream_unreachable": "start the API, or correct upstream: in firstclass.yaml",
    "upstream_timeout": "the API was too slow; x-firstclass: {timeout: …} gives it longer",
    "upstream_error": "the API failed with a status that its contract does not declare; look into the API's log",
}


def explain_request(data: Path, request_id: str) -> dict[str, Any]:
    """What `explain --json` prints.

    Raises:
        FirstclassError: no event of that request is known.
    """
    event = _find(data, request_id)
    if event is None:
        hint = "the id is the X-Request-Id of an answer; events are kept as long as their total stays within its bound"
        message = f"no event of {request_id!r} is known"
        raise FirstclassError("not_found", message, hint=hint, exit_code=Exit.NOT_FOUND)
    reason, relaxed = event.get("reason"), event.get("would_refuse") or []
    told = relaxed[0] if reason is None and relaxed else event
    return {
        "request_id": request_id,
        "time": event.get("time"),
        "api": event.get("api"),
        "operation": event.get("operation"),
        "application": event.get("application"),
        "decision": event.get("decision"),
        "reason": reason,
        "stage": told.get("stage"),
        "violations": told.get("violations") or [],
        "would_refuse": [entry.get("reason") for entry in relaxed],
        "method": event.get("method"),
        "path": event.get("path_shape"),
        "status": event.get("status"),
        "location": _location(data, {**event, "rule": told.get("rule"), "reason": told.get("reason")}),
        "hint": _hint(reason, [str(entry.get("reason")) for entry in relaxed]),
    }


def _hint(reason: str | None, would_refuse: list[str]) -> str:
    if reason is not None:
        return HINTS.get(reason, "see the reference of reasons")
    if not would_refuse:
        return "nothing to do"
    if would_refuse[0] == "response_invalid":
        return "the API's answer breaks its contract; with responses: strict it would have been refused"
    return f"{HINTS.get(would_refuse[0], 'mend the call or the contract')}; mode: enforce refuses it"


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


def _location(data: Path, event: dict[str, Any]) -> dict[str, Any] | None:
    api, digest, rule = event.get("api"), event.get("contract_hash"), event.get("rule")
    if not (api and digest and rule):
        return None
    try:
        store = open_store(data)
    except FirstclassError:  # what happened is in the event; only the place in the contract is in the store
        return None
    try:
        with store.read() as reader:
            bundle = reader.bundles.with_hash(api, digest)
    except FirstclassError:
        return None
    finally:
        store.close()
    if bundle is None:
        return None
    return place_of(json.loads(bundle.source_map), rule_in_contract(str(rule), str(event.get("reason"))))


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
