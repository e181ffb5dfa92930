"""Sessions of APIs that have their own: the operation that begins one, the one that ends it, the scheme for it.
Whatever they promise is held against the schemas here, so that no sign-in teaches nothing in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import expect_mapping
from firstclass.compiler.nodes import Node
from firstclass.compiler.policies import Policies
from firstclass.model.counted import listed
from firstclass.model.durations import parse_duration
from firstclass.model.suggestions import did_you_mean

MEMBERS = ("token", "subject", "expires", "lifetime", "max_lifetime")
DEFAULT_LIFETIME = timedelta(hours=24)
DEFAULT_MAX_LIFETIME = timedelta(days=30)
LONGEST = timedelta(days=366)
FORM = "login: {token: /token, subject: /user/id}"
_TYPES = {"token": {"string"}, "subject": {"string", "integer"}, "expires": {"integer", "number"}}
_IN_PLACE = ("all_of", "any_of", "one_of")
_ALSO = ("reference", "then", "else")

Json = dict[str, Any]


def lower_session_keywords(compilation: Compilation, policies: Policies, at: str) -> Json:
    """The members `login` and `logout` of an operation; empty where it has nothing to do with sessions."""
    out: Json = {}
    login, logout = policies.own.get("login"), policies.own.get("logout")
    if login is not None and (lowered := _login(login, compilation.findings)) is not None:
        out["login"] = lowered
        compilation.sources[f"{at}/login"] = login
    if logout is not None:
        if not isinstance(logout.value, bool):
            compilation.findings.error(logout, "wrong_type", f"logout is true, not {logout.kind}", "write logout: true")
        elif logout.is_true:
            out["logout"] = True
            compilation.sources[f"{at}/logout"] = logout
    if out:
        compilation.features.add("login")
    return out


def _login(node: Node, findings: Findings) -> Json | None:
    if not expect_mapping(node, "login", findings):
        return None
    for name, value in node.mapping.items():
        if name not in MEMBERS:
            message = f"login has no member {name!r}"
            findings.error(value, "unknown_keyword", message, did_you_mean(name, MEMBERS), key=True)
    for name in ("token", "subject"):
        if name not in node.mapping:
            message = f"login does not say where the {'session token' if name == 'token' else 'id of the user'} stands"
            findings.error(node, "missing_key", message, f"write {FORM}")
    pointers = {name: _pointer(node.find(name), name, findings) for name in ("token", "subject", "expires")}
    lifetime = _duration(node.find("lifetime"), "lifetime", DEFAULT_LIFETIME, findings)
    longest = _duration(node.find("max_lifetime"), "max_lifetime", max(DEFAULT_MAX_LIFETIME, lifetime), findings)
    if lifetime > longest:
        message = "lifetime is longer than max_lifetime, which bounds it"
        findings.error(node.find("lifetime") or node, "duration_invalid", message, "write a shorter lifetime")
        return None
    if pointers["token"] is None or pointers["subject"] is None:
        return None
    second = timedelta(seconds=1)
    return {**pointers, "lifetime_seconds": lifetime // second, "max_lifetime_seconds": longest // second}


def _pointer(node: Node | None, name: str, findings: Findings) -> str | None:
    if node is None:
        return None
    text = node.text or ""
    if text.startswith("/") and "~" not in text.replace("~0", "").replace("~1", ""):
        return text
    message = f"{name} is a JSON pointer into the answer, not {node.plain()!r}"
    findings.error(node, "pointer_invalid", message, f"begin with a slash, as in {FORM}")
    return None


def _duration(node: Node | None, name: str, default: timedelta, findings: Findings) -> timedelta:
    if node is None:
        return default
    try:
        duration = parse_duration(node.text or str(node.value))
    except ValueError as problem:
        findings.error(node, "duration_invalid", f"{name}: {problem}", f"write {name}: 24h")
        return default
    if not timedelta(seconds=1) <= duration <= LONGEST:
        findings.error(node, "duration_invalid", f"{name} lies between 1s and 366d", f"write {name}: 24h")
        return default
    return duration


def check_sessions(compilation: Compilation, operations: list[Json], schemes: list[Json], schemas: list[Json]) -> None:
    """Hold all that speaks of sessions together: sign-ins with their answers, sign-outs and schemes with sign-ins."""
    for position, operation in enumerate(operations):
        if "login" in operation:
            _check_answer(compilation, operation, f"operations/{position}", schemas)
        if "logout" in operation:
            _check_logout(compilation, operation, f"operations/{position}", schemes)
    _check_alternatives(compilation, operations, schemes)
    begun = any("login" in operation for operation in operations)
    for index, scheme in enumerate(schemes):
        if _takes_sessions(scheme) and not begun:
            node = compilation.sources[f"schemes/{index}"]
            message = f"the scheme {scheme['name']!r} takes sessions, and no operation of this contract begins one"
            compilation.findings.error(node, "login_missing", message, f"on the operation that signs in, write {FORM}")


def _check_answer(compilation: Compilation, operation: Json, at: str, schemas: list[Json]) -> None:
    findings, node = compilation.findings, compilation.sources[f"{at}/login"]
    roots = [
        media["kind"]["json"]["schema"]
        for response in operation["responses"]
        if response["status"].startswith("2")
        for media in response["media"]
        if "json" in media["kind"]
    ]
    if not roots:
        message = f"no 2xx answer of {operation['id']} is JSON: nothing could be learnt from it"
        findings.error(node, "login_unreadable", message, "declare the answer with content: {application/json: …}")
        return
    for name, types in _TYPES.items():
        pointer = operation["login"][name]
        if pointer is None:
            continue
        member = node.find(name) or node
        found = [places for root in roots if (places := _at(schemas, root, pointer))]
        if not found:
            message = f"no 2xx answer of {operation['id']} declares {pointer}"
            hint = "correct the pointer, or declare the property: what is not declared does not leave, either"
            findings.error(member, "pointer_undeclared", message, hint)
            continue
        if name == "token" and any(_is_hidden(schemas[place]) for places in found for place in places):
            message = f"the client never gets {pointer}: it is masked or write-only, so that no session could begin"
            findings.error(member, "login_token_hidden", message, "remove its classification, or mark it public")
            continue
        said = {word for places in found for place in places for word in schemas[place].get("types", ())} - {"null"}
        if not said or not said <= types:
            message = f"{pointer} is {' or '.join(sorted(said)) or 'of any type'}; {name} must be {_either(types)}"
            findings.error(member, "login_wrong_type", message, f"declare it with type: {sorted(types)[-1]}")


def _either(types: set[str]) -> str:
    return "a string" if types == {"string"} else f"one of {', '.join(sorted(types))}"


def _is_hidden(schema: Json) -> bool:
    return "mask" in schema or bool(schema.get("dropped"))


def _at(schemas: list[Json], root: int, pointer: str) -> set[int]:
    """Every schema that may judge the value at `pointer`, those that only apply others to it included."""
    places = _in_place(schemas, {root})
    for token in (part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")):
        below: set[int] = set()
        for place in places:
            below.update(index for name, index in schemas[place].get("properties", ()) if name == token)
            if token.isdecimal() and "items" in schemas[place]:
                below.add(schemas[place]["items"])
        places = _in_place(schemas, below)
    return places


def _in_place(schemas: list[Json], places: set[int]) -> set[int]:
    seen: set[int] = set()
    waiting = list(places)
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            waiting += [schemas[index][name] for name in _ALSO if name in schemas[index]]
            waiting += [each for name in _IN_PLACE for each in schemas[index].get(name, ())]
    return seen


def _check_logout(compilation: Compilation, operation: Json, at: str, schemes: list[Json]) -> None:
    alternatives = operation["access"].get("any_of", [])
    if not alternatives or not all(
        any(_takes_sessions(schemes[each["scheme"]]) for each in found) for found in alternatives
    ):
        message = f"{operation['id']} ends a session, and can be called without one"
        hint = "list a scheme with x-firstclass: {subject: login} in each alternative of its security"
        compilation.findings.error(compilation.sources[f"{at}/logout"], "logout_without_session", message, hint)


def _check_alternatives(compilation: Compilation, operations: list[Json], schemes: list[Json]) -> None:
    """A session says whom it speaks for, not which application calls: by it alone whoever signs in gets in."""
    alone: dict[int, list[str]] = {}
    for operation in operations:
        for found in operation["access"].get("any_of", []):
            kinds = {schemes[requirement["scheme"]]["kind"]: requirement["scheme"] for requirement in found}
            if "session" in kinds and not {"key", "bearer"} & kinds.keys():
                alone.setdefault(kinds["session"], []).append(operation["id"])
    for index, names in alone.items():
        name = schemes[index]["name"]
        message = (
            f"{name} alone names no application: whoever is signed in calls {listed(names)},"
            " with no subscription or plan"
        )
        hint = (
            f"where applications are to be known, list an apiKey scheme beside it: security: [{{app: [], {name}: []}}]"
        )
        compilation.findings.warning(
            compilation.sources[f"schemes/{index}"], "session_without_application", message, hint
        )


def _takes_sessions(scheme: Json) -> bool:
    """Whether its tokens are the API's own sessions, known or not."""
    return scheme["kind"] == "session" or bool(scheme.get("login"))
