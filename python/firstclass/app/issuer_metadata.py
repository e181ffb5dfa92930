"""Where an issuer's metadata comes from: a file, or the issuer that the operator named, and nowhere else. Bounded in
size and time; a redirect is not followed."""

from __future__ import annotations

import json
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request

from firstclass.model.errors import Exit, FirstclassError, Where
from firstclass.publish.bounded_opener import bounded_opener

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 256 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# RFC 8414 §3 inserts the well-known part before the issuer's path, OpenID Connect Discovery §4 appends it.
_OAUTH, _OPENID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"


def is_url(text: str) -> bool:
    """Whether an issuer rather than a file is named."""
    return text.lower().startswith(("http://", "https://"))


def fetch_metadata(issuer: str) -> dict[str, Any]:
    """The metadata of an issuer, by its identifier or the very address of its metadata.

    Raises:
        FirstclassError: no https (loopback excepted), not reachable, no metadata, or another issuer's.
    """
    parts = urlsplit(issuer)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        message = "an issuer is asked by https alone: by http anybody on the way could answer for it"
        raise FirstclassError("issuer_insecure", message, hint="write https://", exit_code=Exit.USAGE)
    if not parts.hostname or parts.username or parts.fragment or parts.query:
        message = "an issuer is a URL of host and path alone"
        raise FirstclassError("issuer_invalid", message, hint="https://login.example.com", exit_code=Exit.USAGE)
    problem = ""
    for address in [issuer] if "/.well-known/" in parts.path else addresses_of(issuer):
        try:
            return _metadata(_fetch(address), address)
        except _Absent as absent:
            problem = str(absent)
    raise FirstclassError(
        "issuer_unreachable",
        f"no metadata of {issuer} can be fetched: {problem}",
        hint="name the address of its metadata, or save it and name the file",
        exit_code=Exit.UNAVAILABLE,
    )


def addresses_of(issuer: str) -> list[str]:
    """Where the metadata of an issuer may lie, the likeliest first."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    listed = [f"{origin}{path}{_OPENID}", f"{origin}{_OAUTH}{path}", f"{origin}{_OPENID}{path}"]
    return list(dict.fromkeys(listed))


class _Absent(Exception):
    """Nothing useful lies at this address."""


def _fetch(address: str) -> bytes:
    request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - the scheme was checked
    try:
        with bounded_opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
            body: bytes = answer.read(MAX_BYTES + 1)
    except HTTPError as refused:
        refused.close()
        raise _Absent(f"{address} answers {refused.code}") from None
    except (HTTPException, URLError, OSError, ValueError) as problem:
        raise _Absent(f"{address}: {problem}") from None
    if len(body) > MAX_BYTES:
        raise _Absent(f"{address}: more than {MAX_BYTES // 1024} KiB")
    return body


def _metadata(body: bytes, address: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _Absent(f"{address} is no JSON") from None
    if not isinstance(value, dict):
        raise _Absent(f"{address} is no object")
    return value


def read_metadata(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The metadata in a file, and the line of each member.

    Raises:
        FirstclassError: absent, too large, or no JSON object.
    """
    from firstclass._native import load_json

    try:
        if path.stat().st_size > MAX_BYTES:
            message, hint = f"{path} is larger than {MAX_BYTES // 1024} KiB", "name the metadata alone"
            raise FirstclassError("file_too_large", message, hint=hint)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        hint = "name an issuer (https://…) or a file with its metadata"
        raise FirstclassError("not_found", f"there is no {path}", hint=hint, exit_code=Exit.NOT_FOUND) from None
    except (OSError, UnicodeDecodeError) as problem:
        hint = "name a file of JSON in UTF-8"
        raise FirstclassError("file_unreadable", f"{path} cannot be read: {problem}", hint=hint) from None
    try:
        kind, _, _, members = load_json(text)
        value = json.loads(text)
    except ValueError as problem:
        line, column = (problem.args[2], problem.args[3]) if len(problem.args) == 4 else (1, 1)
        where = Where(str(path), line, column)
        raise FirstclassError(
            "metadata_unreadable", "this is no JSON", hint="save the metadata anew", where=where
        ) from None
    if kind != "map":
        where = Where(str(path), 1, 1)
        hint = "save the answer of /.well-known/openid-configuration"
        raise FirstclassError("metadata_unreadable", "metadata is one JSON object", hint=hint, where=where)
    return value, {name: line for name, line, *_ in members}
