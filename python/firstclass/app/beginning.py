"""What `init` writes: a configuration, and an overlay with what the contract lacks to be enforced."""

from __future__ import annotations

import json
import os
import re
import shlex
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from firstclass.app.base_paths import entries_for
from firstclass.app.contract_gaps import keep_answers, name_apart
from firstclass.app.first_call import find_first_call, is_open
from firstclass.app.new_files import write_new
from firstclass.app.overlay_samples import plain, samples
from firstclass.app.present_callers import GUESSED, everybody_as_today, own_credentials
from firstclass.app.settings import DEFAULT_CONFIG
from firstclass.app.upstream_look import find_stranger
from firstclass.app.welcome import answers
from firstclass.base.settings import ApiEntry, Settings
from firstclass.compiler import Compiled
from firstclass.inventory.places import Location, json_path
from firstclass.model.counted import counted
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish.contracts import CompiledApi, compile_entry, require_sound
from firstclass.publish.observed_anyway import Change, all_changes
from firstclass.publish.satisfiable import unsatisfiable_schemes

OVERLAY = "policy.overlay.yaml"
MAX_ROUNDS = 4
OBSERVED = (
    "records what parameters and bodies would be refused for (undeclared paths and methods are refused in every mode);"
    " what firstclass enforce and observe set wins over this line"
)


@dataclass(frozen=True)
class Begun:
    """The files that were written, what they decide, what changes for callers though nothing is enforced, and the
    commands that come next: `here`, and then `there`, in another terminal while `firstclass dev` runs."""

    config: Path
    overlay: Path
    decided: tuple[str, ...]
    added: tuple[str, ...]
    changes: tuple[Change, ...]
    here: tuple[str, ...]
    there: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What `init --json` prints."""
        return {
            "config": str(self.config),
            "overlay": str(self.overlay),
            "in_observe": [change.as_json() for change in self.changes],
            "next": [*self.here, *self.there],
        }


def begin_project(contract: Path, upstream: str, name: str | None, config: Path | None) -> Begun:
    """Write the two files.

    Raises:
        FirstclassError: a file is there already, the contract cannot be read, or the upstream is no URL.
    """
    path = (config or DEFAULT_CONFIG).absolute()
    overlay_path = path.parent / OVERLAY
    if not path.parent.is_dir():
        hint = "make it first, or name another place with --config"
        raise FirstclassError("directory_missing", f"there is no directory {path.parent}", hint=hint)
    for each in (path, overlay_path):
        if each.exists():
            hint = "remove it, or begin in another directory; nothing is ever overwritten"
            raise FirstclassError("file_exists", f"{each} is there already", hint=hint)
    if not contract.exists():
        raise FirstclassError(
            "contract_missing", f"there is no {contract}", hint="name an OpenAPI document", exit_code=Exit.NOT_FOUND
        )
    entry = _entry(contract, upstream, name, path.parent)
    bare = compile_entry(entry, path.parent, keep=True)
    if bare.compiled.contract is None:  # nothing that an overlay could mend
        require_sound([bare])
    entry = entry.model_copy(update={"base_path": _find_base_path(bare)})
    is_running = answers(upstream)
    written = as_written(contract)
    actions = _actions_for(entry, path.parent, written, is_running)
    entry = entry.model_copy(update={"overlays": (OVERLAY,), "mode": "observe" if is_running else "enforce"})
    entries, unserved = ((entry,), ()) if bare.compiled.lowered is None else entries_for(entry, bare.compiled.lowered)
    overlay = _overlay_text(entry, actions) + _samples(written, actions)
    write_new({overlay_path: overlay, path: _configuration(entries)})
    result = compile_entry(entry, path.parent)
    options = "" if config is None else f" --config {shlex.quote(str(config))}"
    return Begun(
        config=path,
        overlay=overlay_path,
        decided=(
            *_decided(entry, result, is_running),
            *_said_of_entries(entries),
            *unserved,
            *_said_of_stranger(upstream, is_running),
        ),
        added=tuple(dict.fromkeys(str(action["description"]) for action in actions)),
        changes=tuple(all_changes([result.compiled.document])),
        here=tuple(_steps_here(result, options, is_running)),
        there=tuple(_steps_there(result, options)),
    )


def _said_of_stranger(upstream: str, is_running: bool) -> list[str]:
    """That what answers already cannot be the API."""
    stranger = find_stranger(upstream, may_send=False) if is_running else None
    return [f"but {stranger}"] if stranger is not None else []


def _samples(written: Any, actions: list[dict[str, Any]]) -> str:
    said = any(action["target"] == "$" and action.get("update", {}).get("security") for action in actions)
    return samples(written, has_security=said)


def as_written(contract: Path) -> Any:
    """The contract as an overlay sees it; None where that cannot be told."""
    from firstclass._native import load_yaml

    try:
        return plain(load_yaml(contract.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _entry(contract: Path, upstream: str, name: str | None, directory: Path) -> ApiEntry:
    relative = os.path.relpath(contract.absolute(), directory)
    try:
        draft = ApiEntry(name=name or "api", contract=relative, upstream=upstream)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        message = f"--{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
        raise FirstclassError("usage", message, hint="firstclass init --help", exit_code=Exit.USAGE) from None
    if name is not None:
        return draft
    title = _title(compile_entry(draft, directory).compiled) or contract.stem
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return draft.model_copy(update={"name": re.sub(r"^[^a-z]+", "", words)[:40].strip("-") or "api"})


def _find_base_path(bare: CompiledApi) -> str | None:
    """The path of the upstream, where the contract names no server: below it callers call the API as it is now. None:
    what the contract says holds."""
    return None if _names_server(bare) else urlsplit(bare.entry.upstream).path.rstrip("/") or None


def _names_server(result: CompiledApi) -> bool:
    """Whether the contract says where the API is; without servers it is at `/` (OpenAPI 3.1 §4.8.1)."""
    servers = (result.compiled.contract or {}).get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    return isinstance(first, dict) and first.get("url") != "/"


def _title(compiled: Compiled) -> str | None:
    return str(compiled.title) if compiled.title else None


def _actions_for(entry: ApiEntry, directory: Path, written: Any, is_running: bool) -> list[dict[str, Any]]:
    """Find, by compiling, what the contract lacks, as overlay actions, until nothing more can be mended."""
    actions = own_credentials(written) if is_running else []
    probe = entry.model_copy(update={"overlays": (OVERLAY,)})
    for _ in range(MAX_ROUNDS):
        text = _overlay_text(entry, actions)
        compiled = compile_entry(probe, directory, {OVERLAY: text.encode()}, keep=True).compiled
        mends = _mends(compiled.errors, entry, directory, written, is_running)
        if compiled.lowered is not None:
            mends += name_apart(compiled.lowered, compiled.errors)
        fresh = [a for a in mends if a not in actions]
        if not fresh:
            break
        actions += fresh
    kept = keep_answers(compiled.lowered) if is_running and compiled.lowered is not None else []
    return [*actions, *(action for action in kept if action not in actions)]


def _who_gets_in(written: Any, is_running: bool) -> dict[str, Any]:
    """Who gets in where the contract does not say: an API with callers goes on as it is, a new one asks for keys."""
    if is_running:
        return everybody_as_today(written)
    scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    security = {"security": [{"apiKey": []}], "components": {"securitySchemes": {"apiKey": scheme}}}
    return {"target": "$", "description": "No operation said who gets in: an API key.", "update": security}


def _mends(
    errors: tuple[Any, ...], entry: ApiEntry, directory: Path, written: Any, is_running: bool
) -> list[dict[str, Any]]:
    from firstclass._native import load_yaml

    actions: list[dict[str, Any]] = []
    if any(error.code == "security_missing" for error in errors):  # one action, however many operations say nothing
        actions.append(_who_gets_in(written, is_running))
    root: Any = None
    for error in errors:
        if error.code == "security_optional" and error.file == entry.contract:
            root = root or load_yaml((directory / entry.contract).read_text(encoding="utf-8"))
            actions += [found for found in _empty_security(error.pointer, root, is_running) if found not in actions]
            continue
        if error.code == "pattern_not_enforceable" and error.file == entry.contract:
            schema = error.pointer.removesuffix("/pattern")
            waiver = {"x-firstclass": {"pattern": "unchecked"}}
            description = "A pattern that no linear-time engine can hold; its length stays bounded."
            root = root or load_yaml((directory / entry.contract).read_text(encoding="utf-8"))
            action = {"target": json_path(location_of(schema, root)), "description": description, "update": waiver}
        else:
            continue
        if action not in actions:
            actions.append(action)
    return actions


def _empty_security(pointer: str, root: Any, is_running: bool) -> list[dict[str, Any]]:
    """Actions in place of `security: [{}]`, which asks for nothing as `security: []` does: said of the whole API it is
    as good as nothing said, of one operation it is public. An empty alternative beside others lets everybody in, too:
    an API with callers goes on like that, of a new one a person decides."""
    location = location_of(pointer, root)
    is_alone = bool(location) and len(_value_at(location[:-1], root)) == 1
    if not location or not (is_alone or is_running):
        return []
    description = "security: [{}] asks for nothing, as security: [] does."
    if not is_alone:
        description = "A credential was optional: everybody, as today. Write security: [{NAME: []}] to ask for it."
    removal = {"target": json_path(location[:-1]), "description": description, "remove": True}
    is_of_whole = len(location) == 2
    if is_of_whole:
        return [removal]
    return [removal, {"target": json_path(location[:-2]), "description": description, "update": {"security": []}}]


def _value_at(location: Location, node: Any) -> Any:
    for part in location:
        _, _, _, value = node
        node = value[part] if isinstance(part, int) else next(child for key, *_, child in value if key == part)
    return node[3]


def location_of(pointer: str, root: Any) -> Location:
    """The keys and indexes that a JSON pointer names below `root`, a node of the contract reader: it alone knows
    whether `200` is an index or a name.
    """
    location: list[str | int] = []
    node = root
    for part in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        kind, _, _, value = node
        location.append(int(part) if kind == "list" else part)
        node = value[int(part)] if kind == "list" else next(child for key, _, _, child in value if key == part)
    return tuple(location)


def _overlay_text(entry: ApiEntry, actions: list[dict[str, Any]]) -> str:
    head = f"""# What your team adds to {entry.contract}: who may see what. It is applied to the contract in order;
# the contract itself stays untouched. Each line below can be changed; `firstclass check` says what it means.
overlay: 1.0.0
info: {{title: Policy of {entry.name}, version: 1.0.0}}
actions:
"""
    listed = "".join(_action_text(action) for action in actions)
    if not listed:
        # An overlay needs one action at least (Overlay 1.0.0 §4.4.1); this one says nothing new.
        listed = '  - {target: "$.info", update: {}}\n'
    return head + listed


def _action_text(action: dict[str, Any]) -> str:
    """One member a line; values in flow style, for JSON is YAML."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in action.items()]
    return "  - " + "\n    ".join(lines) + "\n"


def _configuration(entries: Sequence[ApiEntry]) -> str:
    return f"""version: 1
listen: {{traffic: 127.0.0.1:8080, control: 127.0.0.1:8081, status: 127.0.0.1:8082}}
data: .firstclass
apis:
{"".join(_configured(entry) for entry in entries)}"""


def _configured(entry: ApiEntry) -> str:
    is_observed = entry.mode == "observe"
    why = f"  # {OBSERVED}" if is_observed else ""
    base_path = "" if entry.base_path is None else f"    base_path: {json.dumps(entry.base_path)}\n"
    return f"""  - name: {entry.name}
    contract: {json.dumps(entry.contract)}
    overlays: [{OVERLAY}]
    upstream: {entry.upstream}
{base_path}    mode: {entry.mode}{why}
"""


def _said_of_entries(entries: Sequence[ApiEntry]) -> list[str]:
    """What the contract's servers name beside the first, each an API of its own for subscriptions."""
    return [
        f"base path {each.base_path or '/'} too, from the contract's servers: an API of its own called {each.name},"
        " with subscriptions of its own"
        for each in entries[1:]
    ]


def _decided(entry: ApiEntry, result: CompiledApi, is_running: bool) -> list[str]:
    """Name, base path and mode, each with why."""
    told = [f"the API is called {entry.name}"]
    if result.compiled.document is not None:
        api = result.compiled.document["api"]
        count = len(result.compiled.document["operations"])
        called, reached = f"{Settings().listen.traffic}{api['base_path']}", f"{api['upstream']}{api['upstream_path']}"
        told[0] += f"; {counted(count, 'operation')}"
        whence = "from the contract's servers" if _names_server(result) else "for the contract names no server"
        if entry.base_path is not None:
            whence = "the upstream's own, for the contract names no server"
        told.append(f"base path {api['base_path'] or '/'}, {whence}: calls to {called}/… go to {reached}/…")
    if is_running:
        why = (
            f"something answers at {entry.upstream} already; what breaks the contract in requests is only recorded, and"
            " what changes all the same stands below"
        )
    else:
        why = f"nothing answers at {entry.upstream} yet, so no caller can be broken"
    return [*told, f"mode {entry.mode}: {why}", *_said_of_own(result), *_said_of_keys(result), *_said_of_tokens(result)]


def _said_of_own(result: CompiledApi) -> list[str]:
    """That what the API checks itself passes on."""
    schemes = (result.compiled.document or {}).get("schemes", ())
    names = sorted(scheme["name"] for scheme in schemes if scheme["kind"] == "own")
    if not names:
        return []
    return [
        f"callers' credentials ({', '.join(names)}) pass on to the API, which alone checks them, as today"
        " (pass: unchecked): docs/guides/adopting.md"
    ]


def _said_of_keys(result: CompiledApi) -> list[str]:
    """What nobody expects of the header in which keys come."""
    found = [each for each in result.compiled.warnings if each.code == "key_in_authorization"]
    return [f"{each.message}; {each.hint}" for each in found]


def _said_of_tokens(result: CompiledApi) -> list[str]:
    """That callers' tokens are believed by nobody yet: no issuer is configured where `init` begins."""
    names = [(result.compiled.document or {})["schemes"][i]["name"] for i in unsatisfiable_schemes(Settings(), result)]
    if not names:
        return []
    until = "issuers: … in firstclass.yaml, or x-firstclass: {subject: login} on the scheme, is configured"
    return [f"callers' tokens ({', '.join(sorted(names))}) will be refused (401) until {until}"]


def _steps_here(result: CompiledApi, options: str, is_running: bool) -> list[str]:
    if result.errors:
        count = len(result.errors)
        what = "1 error keeps" if count == 1 else f"{count} errors keep"
        return [f"firstclass check{options}    # {what} the contract from being enforced"]
    steps = [f"firstclass check{options}", f"firstclass dev{options}"]
    if unsatisfiable_schemes(Settings(), result):
        example = "issuers: [{name: people, issuer: https://login.example.com, audience: my-api}]"
        guide = (
            "docs/guides/identity-providers.md; where the API signs people in itself: docs/guides/opaque-sessions.md"
        )
        steps.insert(0, f"add whose tokens count to firstclass.yaml: {example}    # {guide}")
    document = result.compiled.document
    if is_running and document is not None and any(_takes_keys(scheme) for scheme in document["schemes"]):
        # The keys that callers have are another gateway's, or the API's own: nobody here knows them yet.
        example = f"firstclass import csv keys.csv --api {result.entry.name}{options}"
        steps.append(f"{example}    # application,owner,key,operations: the keys that callers have go on")
    return steps


def _takes_keys(scheme: dict[str, Any]) -> bool:
    """Whether callers send keys by it, which could be taken over; not those that `init` only guessed."""
    if scheme["kind"] == "own":
        return scheme["in"] == "header" and "word" not in scheme and scheme["name"] not in GUESSED
    return bool(scheme["kind"] == "key")


def _steps_there(result: CompiledApi, options: str) -> list[str]:
    """Let an application in, and call the first operation that its key opens."""
    document = result.compiled.document
    if result.errors or document is None:
        return []
    closed = [operation for operation in document["operations"] if not is_open(operation)]
    is_public = not closed
    unmet = unsatisfiable_schemes(Settings(), result)
    # No application is let in by what the API alone checks.
    unmet |= {index for index, scheme in enumerate(document["schemes"]) if scheme["kind"] == "own"}
    closed = [operation for operation in closed if _can_be_met(operation, unmet)]
    reading = sorted(closed, key=lambda operation: operation["method"] != "GET")[:2]
    call = find_first_call(document, f"http://{Settings().listen.traffic}", [each["id"] for each in reading])
    if not closed and not is_public:
        return []
    if not closed:
        call = find_first_call(document, f"http://{Settings().listen.traffic}")
        return [call] if call else []
    some = shlex.quote(",".join(str(operation["id"]) for operation in reading))
    return [
        f"firstclass applications create my-app --owner you@example.com{options}",
        f"firstclass subscriptions create my-app --api {result.entry.name} --operations {some}{options}",
        f"KEY=$(firstclass keys issue my-app --expires 90d{options})",
        *([call] if call else []),
    ]


def _can_be_met(operation: dict[str, Any], unmet: frozenset[int]) -> bool:
    """Whether some alternative asks for nothing that no caller could have yet."""
    return any(
        all(requirement["scheme"] not in unmet for requirement in alternative)
        for alternative in operation["access"]["any_of"]
    )
