"""`firstclass check`: what is wrong with a contract or a configuration, with file, line and hint."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, talk
from firstclass.model.errors import Exit, FirstclassError, Where, not_enforceable_yet

app = typer.Typer(add_completion=False, no_args_is_help=False)


@app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="A configuration or a contract; default ./firstclass.yaml.")
    ] = None,
    min_grade: Annotated[str | None, typer.Option(hidden=True)] = None,
    fix: Annotated[bool, typer.Option("--fix", hidden=True)] = False,
    format_: Annotated[str | None, typer.Option("--format", hidden=True)] = None,
) -> int:
    """Say what is wrong; exit 1 on errors."""
    for given, name in ((min_grade, "--min-grade"), (fix, "--fix"), (format_, "--format")):
        if given:
            raise not_enforceable_yet(name, "it comes with grades and harms; errors and warnings are told without it")
    path = path or current().config or Path("firstclass.yaml")
    try:
        results = _compile(path)
    except FirstclassError as error:
        _report([_as_diagnostic(error, path)], [], [])
        return error.exit_code
    errors = [_plain(d) for r in results for d in r.compiled.errors]
    warnings = [_plain(d) for r in results for d in r.compiled.warnings]
    unenforced = [item for r in results for item in r.compiled.unenforced]
    code = _report(errors, warnings, unenforced)
    if not errors and not _is_contract(path):
        say_next(f"firstclass dev{_options(path)}")
    return code


def _options(path: Path) -> str:
    return "" if path.absolute() == Path("firstclass.yaml").absolute() else f" --config {shlex.quote(str(path))}"


def _compile(path: Path) -> list[Any]:
    from firstclass.app.settings import load_settings
    from firstclass.base.settings import ApiEntry
    from firstclass.publish.contracts import compile_all, compile_entry

    if _is_contract(path):
        entry = ApiEntry(name="contract", contract=path.name, upstream="http://127.0.0.1:3000")
        return [compile_entry(entry, path.absolute().parent)]
    loaded = load_settings(path, data=current().data_override)
    if not loaded.settings.apis:
        raise FirstclassError(
            "no_apis",
            "no API is configured, so every call would be answered 404",
            hint="apis: [{name: NAME, contract: openapi.yaml, upstream: URL}]; firstclass init writes such a file",
            where=Where(str(path), 1, 1, "/apis"),
        )
    return compile_all(loaded.settings.apis, loaded.directory)


def _is_contract(path: Path) -> bool:
    """Whether the file calls itself an OpenAPI (or Swagger) document; what does not parse counts as configuration
    only by its name."""
    from firstclass._native import load_yaml

    try:
        kind, _, _, value = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return path.exists() and path.name != "firstclass.yaml"
    return kind == "map" and any(key in ("openapi", "swagger", "paths") for key, *_ in value)


def _plain(diagnostic: Any) -> dict[str, Any]:
    plain = asdict(diagnostic)
    plain.pop("severity", None)
    return plain


def _as_diagnostic(error: FirstclassError, path: Path) -> dict[str, Any]:
    where = error.where
    return {
        "code": error.code,
        "message": error.message,
        "file": where.file if where else str(path),
        "line": (where.line if where else None) or 1,
        "column": (where.column if where else None) or 1,
        "pointer": (where.pointer if where else None) or "",
        "hint": error.hint,
    }


def _report(errors: list[dict[str, Any]], warnings: list[dict[str, Any]], unenforced: list[Any]) -> int:
    document = {
        "ok": not errors,
        "grade": None,
        "errors": errors,
        "harms": [],
        "warnings": warnings,
        "unenforced": unenforced,
    }
    emit(document)
    if not current().json:
        for kind, items in (("error", errors), ("warning", warnings)):
            for item in items:
                talk(f"{item['file']}:{item['line']}:{item['column']}: {kind}: {item['message']} [{item['code']}]")
                talk(f"  hint: {item['hint']}")
        for item in unenforced:
            talk(f"not enforced: {item if isinstance(item, str) else ', '.join(map(str, item.values()))}")
        verdict = "ok" if not errors else f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        emit({}, [f"{verdict}, {len(warnings)} warning{'s' if len(warnings) != 1 else ''}"])
    return Exit.REFUSED if errors else Exit.DONE
