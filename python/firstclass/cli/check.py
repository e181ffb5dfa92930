"""`firstclass check`: what a contract or a configuration lets happen and what is wrong with it, with file, line and
fix."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from firstclass.base.printable import json_text
from firstclass.cli.context import current
from firstclass.cli.lines import Pasted
from firstclass.cli.output import emit, say_next, talk
from firstclass.model.counted import counted
from firstclass.model.errors import Exit, FirstclassError

if TYPE_CHECKING:
    from firstclass.app.checking import Checked
    from firstclass.app.fixing import Fixed

app = typer.Typer(add_completion=False, no_args_is_help=False)
Grade = Literal["A", "B", "C", "D", "E", "F"]


@app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="A configuration or a contract; default ./firstclass.yaml.")
    ] = None,
    min_grade: Annotated[
        Grade | None,
        typer.Option("--min-grade", help="Exit 3 where the grade is worse than this one.", case_sensitive=False),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the fixes as an overlay beside the file; nothing is overwritten.")
    ] = False,
    format_: Annotated[
        Literal["text", "json", "sarif"], typer.Option("--format", help="How the findings are printed.")
    ] = "text",
) -> int:
    """Say who can reach what, what is harmful and what is wrong; exit 1 on errors, 3 below the grade."""
    from firstclass.app.checking import check_path

    is_config = path is None
    path = path or current().config or Path("firstclass.yaml")
    if format_ == "json":
        current().json = True
    try:
        checked = check_path(path, current().data_override, is_config=is_config)
    except FirstclassError as error:
        return _unreadable(error, path, format_)
    fixed = _fixed(checked) if fix else []
    _print(checked, fixed, format_)
    if fix and not current().json:
        _tell_unfixed(checked, fixed)
    if checked.errors:
        return Exit.REFUSED
    if min_grade is not None and _is_below(checked.grade, min_grade):
        if format_ == "text" and not current().json:
            talk(f"grade {checked.grade} is worse than {min_grade}")
        return Exit.DIFFERS
    if not fixed:
        _say_next(checked, path, is_fixing=fix)
    return Exit.DONE


def _say_next(checked: Checked, path: Path, *, is_fixing: bool) -> None:
    from firstclass.app.fixing import has_fixes

    if not is_fixing and has_fixes(checked):
        words = f"--fix{_options(path)}" if checked.config is not None else f"{shlex.quote(str(path))} --fix"
        say_next(f"firstclass check {words}    # writes the fixes as an overlay beside it, and changes no file")
    elif checked.config is not None:
        say_next(f"firstclass dev{_options(path)}")


def _is_below(found: str, wanted: str) -> bool:
    from firstclass.inventory import is_below

    return is_below(found, wanted)


def _options(path: Path) -> str:
    return "" if path.absolute() == Path("firstclass.yaml").absolute() else f" --config {shlex.quote(str(path))}"


def _fixed(checked: Checked) -> list[Fixed]:
    from firstclass.app.fixing import write_fixes

    return write_fixes(checked)


def _print(checked: Checked, fixed: list[Fixed], format_: str) -> None:
    if format_ == "sarif":
        from firstclass.cli.sarif import as_sarif

        _write_sarif(as_sarif(checked))
    elif current().json:
        emit(_document(checked) | ({"fixed": [each.as_json() for each in fixed]} if fixed else {}))
    else:
        from firstclass.cli.check_text import report

        emit({}, report(checked))
    if not current().json:
        for each in fixed:
            _tell_fixed(each)


def _write_sarif(document: dict[str, Any]) -> None:
    sys.stdout.write(json_text(document, 1))


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "ok": not checked.errors,
        "grade": checked.grade,
        "reach": [
            {"api": api.result.entry.name, **api.audit.reach.as_json()}
            for api in checked.apis
            if api.audit.reach is not None
        ],
        "errors": [_plain(each) for each in checked.errors],
        "harms": [each.as_json() for each in checked.harms],
        "warnings": [_plain(each) for each in checked.warnings],
        "unenforced": checked.unenforced,
        "in_observe": [change.as_json() for change in checked.changes],
    }


def _plain(diagnostic: Any) -> dict[str, Any]:
    plain = asdict(diagnostic)
    plain.pop("severity", None)
    return plain


def _tell_fixed(fixed: Fixed) -> None:
    left = f"{fixed.harms_before} harms before it, {fixed.harms_after} with it"
    talk(f"wrote {fixed.overlay}: {left}")
    shut = f"; at {counted(fixed.shut_after, 'operation')} nobody can sign in then" if fixed.shut_after else ""
    talk(f"  grade {fixed.grade_after} with it{shut}")
    if fixed.errors_after:
        talk(f"  {fixed.errors_after} errors are left that no overlay can mend by itself; check says which")
    if fixed.line:
        talk(f"  nothing uses it yet: in the configuration, the API {fixed.api} needs")
        talk(Pasted(f"    {fixed.line}"))
    else:
        talk("  nothing uses it yet: list it under overlays of the API in firstclass.yaml")
    if fixed.has_mode and not fixed.is_observed:
        talk("  the mode of firstclass.yaml holds: where it enforces, what the fixes refuse is refused at once")
        talk("  (`mode: observe` there only records it)")
    elif fixed.is_observed:
        talk("  the overlay starts in observe unless firstclass.yaml says `mode: enforce`")
        if fixed.observed:
            told = counted(len(fixed.observed), "operation")
            talk(f"  (it relaxes {told}, those that it fixes; what breaks their contract is only recorded)")
    else:
        talk("  start in observe: write `mode: observe` beside it, and `mode: enforce` once")
        talk("  `firstclass explain` of your callers' requests names nothing that would be refused")
    talk("  credentials, owners, rates and masks hold at once, in observe too: read them first")


def _tell_unfixed(checked: Checked, fixed: list[Fixed]) -> None:
    """Who asked for an overlay hears where none was written."""
    written = {each.api for each in fixed}
    for api in checked.apis:
        entry, harms = api.result.entry, len(api.audit.harms)
        if entry.name in written:
            continue
        name = entry.contract if checked.config is None else entry.name
        if harms:
            talk(f"{name}: no overlay was written: none can mend its {counted(harms, 'harm')}; check says what can")
        elif not api.result.errors:
            talk(f"{name}: nothing is to be fixed, so no overlay was written")
        else:
            talk(f"{name}: no overlay was written: none can mend its {counted(len(api.result.errors), 'error')}")


def _unreadable(error: FirstclassError, path: Path, format_: str) -> int:
    """A configuration that cannot be read is an error like others, and no grade but the worst."""
    where = error.where
    told: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "file": where.file if where else str(path),
        "line": (where.line if where else None) or 1,
        "column": (where.column if where else None) or 1,
        "pointer": (where.pointer if where else None) or "",
        "hint": error.hint,
    }
    if format_ == "sarif":
        from firstclass.cli.sarif import unreadable_as_sarif
        from firstclass.compiler import Diagnostic

        _write_sarif(unreadable_as_sarif(Diagnostic(**told, severity="error")))
        return error.exit_code
    lists = ("reach", "errors", "harms", "warnings", "unenforced", "in_observe")
    empty: dict[str, Any] = {**{name: [] for name in lists}, "errors": [told]}
    place = f"{told['file']}:{told['line']}:{told['column']}"
    lines = [f"{place}: {error.message} [{error.code}]", f"  hint: {error.hint}"]
    if error.exit_code != Exit.NOT_FOUND:  # where there is nothing, nothing has a grade
        lines.append("grade F: 1 error")
    emit({"ok": False, "grade": "F", **empty}, lines)
    return error.exit_code
