"""What `init` writes where a contract says too little: names for operations that share one, and, for an API with
callers, what keeps answers as they are that the contract does not describe. `check` tells it before the first call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from firstclass.compiler import Diagnostic, Lowered, Node
from firstclass.inventory import mends
from firstclass.inventory.emptied import (
    Emptied,
    Kind,
    declare_anything,
    declare_redirects,
    find_bare_failures,
    find_emptied,
    own_cookies,
    sets_cookies,
)
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Action
from firstclass.model.counted import counted, listed
from firstclass.publish.contracts import CompiledApi

_KEPT: dict[Kind, str] = {
    "members": "The contract names nothing here: anything may leave, as today. Name the properties to close it.",
    "bodies": "The contract declares no content: anything may leave, as today. Declare it to close it.",
    "depths": "The contract says nothing of what this map holds: anything may leave, as today.",
    "locations": "Where a redirect leads, or what was made lies, leaves as today.",
    "cookies": "The API checks its own cookie: any answer may set it, as today. Keep the lines of the sign-in alone.",
}
_REDIRECTS = (
    "Redirects that the contract does not declare lead on, as today. Declare those of the API, and take this away."
)
_TOLD: dict[Kind, tuple[str, str, str]] = {
    "members": (
        "answer_emptied",
        "{of} answers with objects that name no properties: what they hold is left out, in every mode",
        "name the properties (additionalProperties: true lets any one leave, and what lies below it needs a schema of"
        " its own); firstclass init writes what keeps them where an API runs already",
    ),
    "depths": (
        "answer_cut_short",
        "{of} answers with maps of anything: texts and numbers in them leave, objects and lists in them leave empty, in"
        " every mode",
        "give additionalProperties a schema of what lies there; firstclass init writes what keeps it where an API runs"
        " already",
    ),
    "bodies": (
        "answer_without_content",
        "{of} declares successes without content: the body that the API sends is left out, in every mode",
        "declare content, or 204 where there is none; firstclass init writes what keeps it where an API runs already",
    ),
    "locations": (
        "location_undeclared",
        "{of} answers 201, 202 or 3XX and declares no Location: it is left out, in every mode",
        "headers: {Location: {schema: {type: string}}} on the response; firstclass init writes it where an API runs"
        " already",
    ),
    "cookies": (
        "cookie_never_set",
        "{of} answers, none with Set-Cookie, to callers whose cookie ({cookies}) the API checks itself: whoever signs"
        " in never gets it, in every mode",
        "headers: {Set-Cookie: {schema: {type: string}}} on the answers that sign people in; firstclass init writes it"
        " where an API runs already",
    ),
}
_BARE = (
    "failure_without_content",
    "{of} declares errors without content: callers get an application/problem+json of the gateway's in place of the"
    " body that the API sends, in every mode",
    "declare the content that callers read of errors",
)


def name_apart(lowered: Lowered, errors: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Overlay actions that give each operation a name of its own, where an error says that some have none."""
    description = "Subscriptions call operations by name: each needs one of its own."
    return [_written(action, description) for action in mends.name_apart(lowered, errors)]


def keep_answers(lowered: Lowered) -> list[dict[str, Any]]:
    """Overlay actions by which answers stay as they are where the contract describes nothing of them."""
    facts = Facts(lowered)
    found = [(action, _KEPT[each.kind]) for each in find_emptied(facts) for action in each.actions]
    if any("$ref" in str(action.update) for action, _ in found):
        found.insert(0, (declare_anything(facts), "What the answers below hold that nothing describes."))
    found += [(action, _REDIRECTS) for action in declare_redirects(facts)]
    written: list[dict[str, Any]] = []
    for action, description in found:
        if (one := _written(action, description)) not in written:
            written.append(one)
    return written


def find_gaps(results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each contract and kind, at the first place."""
    for result in results:
        lowered = result.compiled.lowered
        if lowered is None:
            continue
        facts = Facts(lowered)
        by_kind: dict[Kind, list[Emptied]] = {}
        for each in find_emptied(facts):
            by_kind.setdefault(each.kind, []).append(each)
        if sets_cookies(facts):
            by_kind.pop("cookies", None)
        for kind, every in by_kind.items():
            yield _told(facts, _TOLD[kind], every[0].node, [name for each in every for name in each.operations])
        if bare := find_bare_failures(facts):
            yield _told(facts, _BARE, bare[0][0], [name for _, operations in bare for name in operations])


def _told(facts: Facts, words: tuple[str, str, str], node: Node, operations: list[str]) -> Diagnostic:
    code, message, hint = words
    names = list(dict.fromkeys(operations))
    of = f"{len(names)} of {counted(len(facts.operations), 'operation')}"
    message = message.format(of=of, cookies=", ".join(own_cookies(facts)))
    if len(names) > 1:
        for one, many in ((" answers", " answer"), (" declares ", " declare ")):
            message = message.replace(of + one, of + many).replace(" and declares ", " and declare ")
    where = node.key_where
    return Diagnostic(
        code=code,
        message=f"{message}: {listed(names)}",
        file=where.file,
        line=where.line or 1,
        column=where.column or 1,
        pointer=where.pointer or "",
        hint=hint,
        severity="warning",
    )


def _written(action: Action, description: str) -> dict[str, Any]:
    return {"target": action.target, "description": description, "update": action.update}
