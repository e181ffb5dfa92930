"""What `check` found, for people: who can reach what, then errors, harms, warnings and what is not enforced. At most 80
columns, a bounded number of each, and no meaning by colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from firstclass.app.checking import Checked, CheckedApi
from firstclass.cli.lines import Pasted
from firstclass.compiler import Diagnostic
from firstclass.inventory import CODES, Harm
from firstclass.model.counted import counted
from firstclass.publish.observed_anyway import GUIDE, Change

WIDTH = 80
SHOWN = 3  # of one kind
MAX_ERRORS = 12
MAX_WARNINGS = 8
FIX_LINES = 12
_WEIGHTS = ("grave", "serious", "slight")


def report(checked: Checked) -> Iterator[str]:
    """Every line."""
    for api in checked.apis:
        yield from _reach(api, is_alone=len(checked.apis) == 1)
    yield from _errors(checked.errors)
    yield from _harms(checked.harms)
    yield from _warnings(checked.warnings)
    yield from _unenforced(checked.unenforced)
    if checked.changes:
        yield from observed_anyway(checked.changes)
        yield ""
    yield _verdict(checked)


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reach(api: CheckedApi, *, is_alone: bool) -> Iterator[str]:
    reach = api.audit.reach
    if reach is None:
        return
    if not is_alone:
        yield f"{api.result.entry.name}: grade {api.audit.grade}"
    for audience in (reach.stranger, reach.user, reach.application):
        yield from _wrap(audience.sentence, "* ", "  ")
    yield ""


def _errors(errors: list[Diagnostic]) -> Iterator[str]:
    if not errors:
        return
    yield f"{counted(len(errors), 'error')}: what keeps the contract from being enforced"
    yield from _diagnostics(errors, MAX_ERRORS, "error")
    yield ""


def _warnings(warnings: list[Diagnostic]) -> Iterator[str]:
    if not warnings:
        return
    yield f"{counted(len(warnings), 'warning')}: what is enforced, but perhaps not as it was meant"
    yield from _diagnostics(warnings, MAX_WARNINGS, "warning")
    yield ""


def _diagnostics(found: list[Diagnostic], most: int, kind: str) -> Iterator[str]:
    shown = 0
    for code, group in _grouped(found):
        if shown >= most:
            yield f"  and more of other kinds: --json lists every {kind}"
            return
        for each in group[:SHOWN]:
            shown += 1
            yield from _wrap(f"{each.file}:{each.line}:{each.column}: {each.message} [{code}]", "  ", "    ")
            yield from _wrap(f"hint: {each.hint}", "    ", "      ")
        if len(group) > SHOWN:
            yield f"    and {len(group) - SHOWN} more such"


def _grouped(found: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for each in found:
        groups.setdefault(each.code, []).append(each)
    return list(groups.items())


def _harms(harms: list[Harm]) -> Iterator[str]:
    if not harms:
        return
    counts = [(sum(CODES[harm.code].weight == weight for harm in harms), weight) for weight in _WEIGHTS]
    told = ", ".join(f"{count} {weight}" for count, weight in counts if count)
    yield f"{counted(len(harms), 'harm')} ({told}): what the contract lets happen"
    for code, group in _grouped(harms):
        yield ""
        more = f", {len(group)} times" if len(group) > 1 else ""
        yield from _wrap(f"{CODES[code].weight}: {CODES[code].says} [{code}]{more}", "  ", "    ")
        yield from _wrap(f"why: {CODES[code].why}", "    ", "      ")
        for each in group[:SHOWN]:
            yield from _wrap(f"{each.file}:{each.line}:{each.column}: {each.message}", "    ", "      ")
        if len(group) > SHOWN:
            yield f"      and {len(group) - SHOWN} more such"
        yield from _fix(group[0], is_first=len(group) > 1)
    yield ""


def _fix(harm: Harm, *, is_first: bool) -> Iterator[str]:
    lines = harm.fix.removesuffix("\n").split("\n") if harm.fix else []
    if not lines:
        return
    yield "    fix of the first:" if is_first else "    fix:"
    for line in lines[:FIX_LINES]:
        yield Pasted(f"      {line}")
    if len(lines) > FIX_LINES:
        yield f"      # and {len(lines) - FIX_LINES} lines more: --fix writes them all"


def _unenforced(items: list[dict[str, Any]]) -> Iterator[str]:
    if not items:
        return
    yield f"{len(items)} not enforced: what the contract says and this version holds nobody to"
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault((item["what"], item["why"]), []).append(item)
    for (what, why), group in list(groups.items())[:MAX_WARNINGS]:
        first = group[0]
        more = f" (and {len(group) - 1} more such)" if len(group) > 1 else ""
        yield from _wrap(f"{first['file']}:{first['line']}:{first['column']}: {what}: {why}{more}", "  ", "    ")
    if len(groups) > MAX_WARNINGS:
        yield f"  and {len(groups) - MAX_WARNINGS} more kinds: --json lists them all"
    yield ""


def observed_anyway(changes: Iterable[Change]) -> Iterator[str]:
    """What changes from the first call on in observe; `init` ends with it, too."""
    yield "in observe, callers see this all the same, from the first call on:"
    for change in changes:
        yield from _wrap(f"{change.of}: {change.becomes}", "  ", "    ")
    yield from _wrap(f"what to do about each: {GUIDE}", "  ", "    ")


def _verdict(checked: Checked) -> str:
    counts = [
        counted(len(checked.errors), "error"),
        counted(len(checked.harms), "harm"),
        counted(len(checked.warnings), "warning"),
    ]
    shut = f"; at {counted(checked.shut, 'operation')} nobody can sign in" if checked.shut else ""
    return f"grade {checked.grade}: {', '.join(counts)}{shut}"
