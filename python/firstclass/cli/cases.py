"""`firstclass cases`: replay golden cases against a real engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, talk
from firstclass.model.counted import counted
from firstclass.model.errors import Exit, FirstclassError

if TYPE_CHECKING:
    from firstclass.engine.cases import Outcome

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def cases() -> None:
    """Golden cases: a contract, a directory, exchanges, and what must come of them."""


@app.command()
def run(
    directory: Annotated[Path, typer.Argument(help="A case, or a directory of cases.")],
    update: Annotated[
        bool, typer.Option("--update", help="Rewrite bundle snapshots; review the difference before committing it.")
    ] = False,
) -> int:
    """Replay; exit 1 where anything differs."""
    from firstclass.engine.cases import CaseError, find_cases

    try:
        outcomes = [_replay(path, update=update) for path in find_cases(directory)]
    except CaseError as problem:
        raise FirstclassError("case_unreadable", str(problem), hint="the format is in bundle/CASES.md") from None
    exchanges, differ = sum(o.exchanges for o in outcomes), sum(len(o.differences) for o in outcomes)
    document = {
        "ok": not differ,
        "cases": len(outcomes),
        "exchanges": exchanges,
        "differences": [{"case": o.case, **d.as_json()} for o in outcomes for d in o.differences],
        "notes": [f"{o.case}: {note}" for o in outcomes for note in o.notes],
    }
    verdict = "no difference" if not differ else counted(differ, "difference")
    emit(document, [f"{counted(len(outcomes), 'case')}, {counted(exchanges, 'exchange')}, {verdict}"])
    return Exit.REFUSED if differ else Exit.DONE


def _replay(path: Path, *, update: bool) -> Outcome:
    """Replay one case; a case that cannot be replayed is a difference, so that the others still run."""
    from firstclass.engine.cases import CaseError, Outcome, read_case, replay_case
    from firstclass.engine.cases.model import Difference

    case = read_case(path)
    try:
        outcome = replay_case(case, update=update)
    except CaseError as problem:
        difference = Difference("", 0, "case", "can be replayed", str(problem))
        outcome = Outcome(case.name, len(case.exchanges), (difference,))
    if not current().json:
        _tell(outcome)
    return outcome


def _tell(outcome: Outcome) -> None:
    talk(f"{'ok  ' if outcome.held else 'FAIL'} {outcome.case}: {outcome.exchanges} exchanges")
    for note in outcome.notes:
        talk(f"     note: {note}")
    shown = ""
    for difference in outcome.differences:
        title = f"{difference.exchange} (line {difference.line})" if difference.exchange else "the case as a whole"
        if title != shown:
            talk(f"  {title}")
            shown = title
        talk(f"    {difference.what}")
        talk(f"      - {difference.expected}")
        talk(f"      + {difference.observed}")
