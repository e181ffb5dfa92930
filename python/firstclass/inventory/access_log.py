"""Lines of other gateways' access logs: the common and combined formats, nginx's JSON lines, and the JSON of Kong and
APISIX. Each line says for itself which it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

# The quoted request after the time, and the status: what common and combined have in common, whatever stands before.
_COMBINED = re.compile(r'\] "((?:[^"\\]|\\.)*)" ([1-5]\d\d)(?=[ \t]|$)')
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_NAMED = {"b": "\b", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f"}
_METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")
# JSON can write halves of characters, which no request can carry.
_SURROGATE = re.compile("[\\ud800-\\udfff]")
_ABSOLUTE = re.compile(r"(?i:https?)://[^/?#]*")

_REQUESTS = ("request", "request_line", "http_request")
_METHODS = ("request_method", "method", "http_method", "requestMethod")
_TARGETS = ("request_uri", "uri", "url", "target", "path", "requestUrl")
_QUERIES = ("args", "query_string", "query")
_STATUSES = ("status", "status_code", "response_status", "response_code")

MAX_LINE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """What a log remembers of a call."""

    method: str
    target: str
    status: int


def read_call(line: str) -> LoggedCall | None:
    """The call of one line; None where it is no line of a log that we can read."""
    stripped = line.strip()
    if stripped.startswith("{"):
        return _of_json(stripped)
    match = _COMBINED.search(stripped)
    if match is not None:
        return _of_request(_unescaped(match[1]), int(match[2]))
    # A collector's prefix before the object of a logger.
    brace = stripped.find(" {")
    return _of_json(stripped[brace + 1 :]) if brace > 0 else None


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _NAMED.get(found[2], found[2]), text)


def _of_request(request: str, status: int) -> LoggedCall | None:
    """`GET /path HTTP/1.1`; what a server logs of no request at all (`-`, bytes of TLS) is no call."""
    method, _, rest = request.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/"):
        return None
    return _call(method, target, status)


def _call(method: str, target: str, status: int) -> LoggedCall | None:
    origin = _ABSOLUTE.match(target)
    if origin is not None:
        rest = target[origin.end() :]
        target = rest if rest.startswith("/") else "/" + rest
    if _METHOD.fullmatch(method) is None or not target or _SURROGATE.search(target):
        return None
    return LoggedCall(method, target, status)


def _of_json(text: str) -> LoggedCall | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    for name in ("request", "httpRequest"):
        if isinstance(record.get(name), dict):
            return _of_parts(record[name], record.get("response"), record)
    status = _status(record)
    request = next((record[name] for name in _REQUESTS if isinstance(record.get(name), str)), None)
    if request is not None and " " in request and status is not None:
        return _of_request(request, status)
    return _of_parts(record, record, record)


def _of_parts(request: dict[str, Any], response: Any, record: dict[str, Any]) -> LoggedCall | None:
    """Method and target of one object, the status of this or another."""
    method = _text(request, _METHODS)
    target = _text(request, _TARGETS)
    status = _status(response) if isinstance(response, dict) else None
    status = _status(record) if status is None else status
    status = _status(request) if status is None else status
    if method is None or target is None or status is None:
        return None
    query = _text(request, _QUERIES)
    if query and "?" not in target:
        target = f"{target}?{query}"
    return _call(method.upper(), target, status)


def _text(record: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((record[name] for name in names if isinstance(record.get(name), str) and record[name]), None)


def _status(record: dict[str, Any]) -> int | None:
    for name in _STATUSES:
        try:
            status = int(record.get(name) or 0)
        except (TypeError, ValueError, OverflowError):
            continue
        if 100 <= status <= 599:
            return status
    return None


def lines_of(log: IO[bytes]) -> Iterator[str]:
    """Its lines as text. One that is longer than any log's is passed on cut off, so that it counts as unreadable.

    Raises:
        OSError: it cannot be read on (a damaged archive).
    """
    while line := log.readline(MAX_LINE_BYTES):
        if line.endswith(b"\n") or len(line) < MAX_LINE_BYTES:
            yield line.decode("utf-8", "replace")
            continue
        yield ""
        while (rest := log.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
