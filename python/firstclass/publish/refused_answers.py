"""Answers that no mode lets through: nobody can read them, or they hold what nobody declared. They are counted by place
in a class of their own, and told with what to do about them, for the caller got a 502 in observe, too. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firstclass.publish.left_out import MOST, SHOWN, times
from firstclass.storage.counts import PlaceCount

CLASS = "answers"
STATUS = 502

_EITHER = "correct it in the contract, or correct the API"
# By keyword: what was wrong, with the place in it, and what to do.
_KINDS = {
    "media_type": (
        "its media type {name} is not declared",
        "declare it under content of the response (what is no JSON leaves unread), or correct the API",
    ),
    "charset": ("its {name} is not in UTF-8", "let the API answer in UTF-8"),
    "unreadable": ("nobody here reads {name} in an answer", "let the API answer with application/json"),
    "coding": ("it is compressed", "let the API heed Accept-Encoding: identity, which it is asked with"),
    "range": ("it is a part of something (206), and nobody asked for one", "let the API ignore Range"),
    "status": ("nobody asked for a {name}", "let the API answer with what it was asked for"),
    "maxLength": (
        "it is larger than is held",
        "write x-firstclass: {max_response_bytes: …} on the operation, or answer in pages",
    ),
}


def in_json(places: Iterable[PlaceCount]) -> list[dict[str, Any]]:
    """Places as documents have them, most calls first."""
    found = []
    for place in list(places)[:MOST]:
        about = {
            "operation": place.operation,
            "in": place.place,
            "pointer" if place.place == "body" else "name": place.name,
            "keyword": place.keyword,
            "calls": place.calls,
            "applications": place.applications,
        }
        found.append({**about, "what": what(about), "to_do": to_do(about)})
    return found


def what(found: Mapping[str, Any]) -> str:
    """`its media type text/html is not declared`, `/user is not of the declared type`."""
    keyword, name = str(found.get("keyword")), found.get("name")
    if keyword == "status" and found.get("in") == "body":
        return "its status is not declared"
    if keyword in _KINDS:
        shown = "" if name in (None, "", "*") else str(name)
        return " ".join(_KINDS[keyword][0].format(name=shown).split())
    if found.get("in") == "header":
        said = {"repeated": "stands twice", "required": "is missing"}.get(keyword, "is not as declared")
        return f"its header {name} {said}"
    if found.get("in") != "body":
        return "further things keep it from leaving"
    pointer = found.get("pointer") or ""
    if keyword == "syntax" and not pointer:
        return "it is no JSON that can be read"
    if keyword == "required" and not pointer:
        return "it has a body without a media type"
    where = pointer or "the body"
    return f"{where} is undeclared" if keyword == "undeclared" else f"{where} breaks {keyword}"


def to_do(found: Mapping[str, Any]) -> str:
    """What a person does about it."""
    keyword = str(found.get("keyword"))
    if keyword == "status" and found.get("in") == "body":
        return "declare the status that the API answers in the responses of the operation, or correct the API"
    if keyword in _KINDS:
        return _KINDS[keyword][1]
    if (found.get("in") == "header" and found.get("name") == "content-type") or keyword == "required":
        return "let the API name one Content-Type"
    if keyword == "syntax" and found.get("in") == "body":
        return "let the API answer with whole JSON in UTF-8, no name twice"
    return _EITHER


def in_words(document: Iterable[Mapping[str, Any]], spelled: Mapping[str, str]) -> Iterator[str]:
    """What `in_json` says of several operations, for people. `spelled`: method and path by operation."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for found in document:
        groups.setdefault(found["operation"], []).append(found)
    for operation, every in groups.items():
        yield f"{operation} ({spelled.get(operation, '')}): answers that are a {STATUS} in every mode:"
        for found in every[:SHOWN]:
            yield f"  {found['what']} ({times(found)}): {found['to_do']}"
        if len(every) > SHOWN:
            yield f"  and {len(every) - SHOWN} more: --json"
