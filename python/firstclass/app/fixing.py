"""What `check --fix` writes: the fixes of an API's harms as an overlay beside its configuration, compiled before it is
written. Nothing is ever overwritten, and no file of the user's is changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstclass.app.checking import Checked, CheckedApi
from firstclass.app.new_files import write_new
from firstclass.base.modes import RULE_CLASSES
from firstclass.base.printable import printable
from firstclass.compiler import Diagnostic
from firstclass.compiler.keywords import KEYWORDS
from firstclass.inventory import Fixes, Harm, audit, compose
from firstclass.inventory.harms import Action, Key
from firstclass.inventory.mends import find_mends, name_operations
from firstclass.inventory.places import Places, json_path
from firstclass.model.errors import FirstclassError
from firstclass.publish.contracts import CompiledApi, compile_entry
from firstclass.publish.satisfiable import unsatisfiable_schemes

MAX_ROUNDS = 6


@dataclass(frozen=True)
class Fixed:
    """An overlay that was written: how many harms there were and are left with it, the harms that it leaves, errors
    that are left, whether what it fixes starts in observe, by names of operations, whether
    the configuration says its mode, and the line
    of the configuration that lists it; the grade with it, and at how many operations nobody can sign in then."""

    overlay: Path
    api: str
    harms_before: int
    harms_after: int
    errors_after: int
    without: tuple[Harm, ...]
    is_observed: bool
    observed: tuple[str, ...]
    has_mode: bool
    line: str
    grade_after: str
    shut_after: int

    def as_json(self) -> dict[str, Any]:
        """The member `fixed` of `check --fix --json`."""
        return {
            "overlay": str(self.overlay),
            "api": self.api,
            "harms_before": self.harms_before,
            "harms_after": self.harms_after,
            "grade_after": self.grade_after,
            "shut_after": self.shut_after,
            "errors_after": self.errors_after,
            "without": [{"code": h.code, "file": h.file, "line": h.line, "fix": h.fix} for h in self.without],
            "starts_in_observe": self.is_observed,
            "observed": list(self.observed),
            "line": self.line,
        }


def write_fixes(checked: Checked) -> list[Fixed]:
    """One overlay for each API that has anything to fix.

    Raises:
        FirstclassError: the overlay is there already, or cannot be written.
    """
    planned = []
    for api in checked.apis:
        path = checked.directory / _name(api, checked)
        if path.exists():
            hint = "list it under overlays, or remove it; nothing is ever overwritten"
            raise FirstclassError("file_exists", f"{path} is there already", hint=hint)
        plan = _plan(api, checked.directory, path.name)
        if plan is not None:
            planned.append((api, path, plan))
    return [_write(api, path, plan, checked) for api, path, plan in planned]


def has_fixes(checked: Checked) -> bool:
    """Whether some harm can be mended by an overlay, and none of those that would be written is there already."""
    can_be_mended = any(harm.actions for api in checked.apis for harm in api.audit.harms)
    return can_be_mended and not any((checked.directory / _name(api, checked)).exists() for api in checked.apis)


def _name(api: CheckedApi, checked: Checked) -> str:
    entry = api.result.entry
    name = Path(entry.contract).stem if checked.config is None else entry.name
    return f"{name}.fixes.overlay.yaml"


@dataclass(frozen=True)
class _Plan:
    fixes: Fixes
    text: str
    result: CompiledApi
    observed: tuple[str, ...]


def _plan(api: CheckedApi, directory: Path, name: str) -> _Plan | None:
    """The largest set of fixes that brings no error with it."""
    compiled = api.result.compiled
    if compiled.lowered is None:
        return None
    known = {_place(error) for error in compiled.errors}
    mends = find_mends(compiled.lowered, compiled.errors)
    harms = list(api.audit.harms)
    is_observed = "mode" in KEYWORDS
    plan = None
    for _ in range(MAX_ROUNDS):
        plan = _compiled(api, directory, name, compose(harms, mends), _operations(api, harms) if is_observed else ())
        if plan is None:
            return None
        fresh = [error for error in plan.result.errors if _place(error) not in known]
        if not fresh:
            return plan
        left = _without_cause(harms, plan, fresh, name)
        if left is None and is_observed:
            is_observed = False
            continue
        harms = left if left is not None else _without_codes(harms, fresh)
    return plan if plan is not None and not plan.result.errors else None


def _compiled(api: CheckedApi, directory: Path, name: str, fixes: Fixes, observed: tuple[str, ...]) -> _Plan | None:
    if not fixes.actions:
        return None
    entry = api.result.entry
    text = _text(api, fixes, observed)
    probe = entry.model_copy(update={"overlays": (*entry.overlays, name)})
    result = compile_entry(probe, directory, {name: text.encode()}, keep=True)
    return _Plan(fixes, text, result, observed)


def _operations(api: CheckedApi, harms: Iterable[Harm]) -> tuple[str, ...]:
    """The names of the operations that the fixes of these harms are about, but for those that they take away: nobody
    can set the mode of what is not there."""
    lowered = api.result.compiled.lowered
    if lowered is None:
        return ()
    harms, places = [harm for harm in harms if harm.actions], Places(lowered.written)
    touched = {index for harm in harms for index in harm.operations}
    removed = {action.target for harm in harms for action in harm.actions if action.remove}

    def stays(index: int) -> bool:
        locations = places.find(lowered.sources[f"operations/{index}"])
        return not locations or any(json_path(location) not in removed for location in locations)

    names = {index: each["id"] for index, each in enumerate(lowered.document["operations"])}
    names |= {index: action.update["operationId"] for action, index in name_operations(lowered)}
    return tuple(name for index, name in names.items() if index in touched and name and stays(index))


def _place(error: Diagnostic) -> tuple[str, str, str]:
    return error.code, error.file, error.pointer


def _without_cause(harms: Sequence[Harm], plan: _Plan, errors: Iterable[Diagnostic], name: str) -> list[Harm] | None:
    """The harms without those whose actions an error stands in; None: the errors stand elsewhere."""
    blamed: set[Key] = set()
    shift = 1 if plan.observed else 0
    for error in errors:
        parts = error.pointer.split("/")
        if error.file == name and len(parts) > 2 and parts[1] == "actions":
            position = int(parts[2]) - shift
            if 0 <= position < len(plan.fixes.actions):
                blamed.add(plan.fixes.actions[position][0].key)
    if not blamed:
        return None
    return [harm for harm in harms if not any(action.key in blamed for action in harm.actions)]


# Which fixes can bring an error that stands at another place than their own action.
_CAUSES = {
    "unreadable_classified": ("classified_unmasked", "credential_returned"),
    "mask_does_not_fit": ("classified_unmasked", "credential_returned"),
    "subject_unknown": ("id_without_owner",),
    "too_many_categories": ("classified_unmasked",),
}


def _without_codes(harms: Sequence[Harm], errors: Iterable[Diagnostic]) -> list[Harm]:
    gone = {code for error in errors for code in _CAUSES.get(error.code, ("id_without_owner", "request_of_anything"))}
    kept = [harm for harm in harms if harm.code not in gone]
    return kept if len(kept) < len(harms) else []


def _text(api: CheckedApi, fixes: Fixes, observed: tuple[str, ...]) -> str:
    contract = printable(api.result.entry.contract)
    head = f"""# Fixes that `firstclass check --fix` proposes for {contract}. Read each before you rely on it:
# what they say about who owns an id, or what is confidential, was concluded from names.
# {_observe_comment(bool(observed))}
# Credentials, owners, rates and masks hold at once, in observe too.
overlay: 1.0.0
info: {{title: {json.dumps(f"Fixes of {Path(contract).name}")}, version: 1.0.0}}
actions:
"""
    return head + (_observe(api, observed) if observed else "") + fixes.text


_OBSERVED = (
    "Of these operations, which the fixes below are about, what breaks the contract is only recorded; the others stay"
    " as they are. mode: enforce in firstclass.yaml wins over it."
)


def _observe(api: CheckedApi, observed: tuple[str, ...]) -> str:
    """On the root, the place that is farthest from an operation: what firstclass.yaml says wins. What the root says
    already, of every operation, goes on being said."""
    lowered = api.result.compiled.lowered
    said = lowered.root.find("x-firstclass", "mode") if lowered is not None else None
    kept = {} if said is None or said.is_mapping else dict.fromkeys(RULE_CLASSES, said.plain())
    mode = {**kept, "operations": dict.fromkeys(observed, "observe")}
    text = Action("$", {"x-firstclass": {"mode": mode}}).text(_OBSERVED)
    return "".join(f"  {line}\n" for line in text.removesuffix("\n").split("\n"))


def _observe_comment(is_observed: bool) -> str:
    if is_observed:
        return (
            "It starts in observe: of the operations it fixes, what breaks the contract is only recorded, unless\n"
            "# firstclass.yaml says mode: enforce. No other operation is relaxed."
        )
    return "Start with mode: observe for this API in firstclass.yaml; enforce when nothing would be refused."


def _write(api: CheckedApi, path: Path, plan: _Plan, checked: Checked) -> Fixed:
    write_new({path: plan.text})
    settings = checked.settings
    unmet = unsatisfiable_schemes(settings, plan.result) if settings is not None else frozenset[int]()
    after = audit(plan.result.compiled, unmet)
    entry = api.result.entry
    kept = {action.key for action, _ in plan.fixes.actions}
    without = tuple(
        harm for harm in api.audit.harms if not harm.actions or not any(action.key in kept for action in harm.actions)
    )
    return Fixed(
        overlay=path,
        api=entry.name,
        harms_before=len(api.audit.harms),
        harms_after=len(after.harms),
        errors_after=len(plan.result.errors),
        without=without,
        is_observed=entry.mode == "observe" if entry.mode is not None else bool(plan.observed),
        observed=plan.observed,
        has_mode=entry.mode is not None,
        grade_after=after.grade,
        shut_after=after.reach.shut if after.reach is not None else 0,
        line="" if checked.config is None else f"overlays: [{', '.join([*entry.overlays, path.name])}]",
    )
