"""What `check` found as SARIF 2.1.0, which code hosts show beside the lines of a contract."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from firstclass.app.checking import Checked
from firstclass.compiler import Diagnostic
from firstclass.inventory import CODES, Harm

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"grave": "error", "serious": "warning", "slight": "note"}
_SEVERITIES = {"grave": "8.5", "serious": "6.0", "slight": "3.0"}


def as_sarif(checked: Checked) -> dict[str, Any]:
    """One run: errors and warnings of the compiler, harms with why and fix."""
    return _document(checked.directory, checked.grade, checked.errors, checked.harms, checked.warnings)


def unreadable_as_sarif(error: Diagnostic) -> dict[str, Any]:
    """One run with the error for which nothing could be checked; its file is named from where the command ran."""
    return _document(Path(), "F", [error])


def _document(
    directory: Path,
    grade: str,
    errors: Sequence[Diagnostic],
    harms: Sequence[Harm] = (),
    warnings: Sequence[Diagnostic] = (),
) -> dict[str, Any]:
    results = [_of_diagnostic(each, "error") for each in errors]
    results += [_of_harm(each) for each in harms]
    results += [_of_diagnostic(each, "warning") for each in warnings]
    rules = _rules(errors, harms, warnings)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    driver = {"name": "firstclass", "version": version("firstclass"), "rules": rules}
    base = {"SRCROOT": {"uri": directory.absolute().as_uri() + "/"}}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": base,
        "results": results,
        "properties": {"grade": grade},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(errors: Sequence[Diagnostic], harms: Sequence[Harm], warnings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    rules: dict[str, dict[str, Any]] = {}
    for harm in harms:
        code = CODES[harm.code]
        rules.setdefault(
            harm.code,
            {
                "id": harm.code,
                "shortDescription": {"text": code.says},
                "fullDescription": {"text": code.why},
                "help": {"text": f"{code.says}: {code.why}"},
                "defaultConfiguration": {"level": _LEVELS[code.weight]},
                "properties": {"security-severity": _SEVERITIES[code.weight], "tags": ["security"]},
            },
        )
    for level, found in (("error", errors), ("warning", warnings)):
        for diagnostic in found:
            text = diagnostic.code.replace("_", " ")
            help_ = {"text": diagnostic.hint or diagnostic.message}
            rule = {"id": diagnostic.code, "shortDescription": {"text": text}, "help": help_}
            rules.setdefault(diagnostic.code, {**rule, "defaultConfiguration": {"level": level}})
    return list(rules.values())


def _of_diagnostic(found: Diagnostic, level: str) -> dict[str, Any]:
    text = f"{found.message} (hint: {found.hint})" if found.hint else found.message
    return {
        "ruleId": found.code,
        "level": level,
        "message": {"text": text},
        "locations": [_location(found.file, found.line, found.column, found.pointer)],
    }


def _of_harm(harm: Harm) -> dict[str, Any]:
    text = f"{harm.message}. Why: {harm.why}. Fix, as an action of an overlay:\n{harm.fix}"
    return {
        "ruleId": harm.code,
        "level": _LEVELS[CODES[harm.code].weight],
        "message": {"text": text},
        "locations": [_location(harm.file, harm.line, harm.column, harm.pointer)],
        "properties": {"why": harm.why, "fix": harm.fix},
    }


def _location(file: str, line: int, column: int, pointer: str) -> dict[str, Any]:
    from urllib.parse import quote

    artifact = {"uri": quote(file), **({} if file.startswith("/") else {"uriBaseId": "SRCROOT"})}
    physical = {"artifactLocation": artifact, "region": {"startLine": line, "startColumn": column}}
    logical = [{"fullyQualifiedName": pointer}] if pointer else []
    return {"physicalLocation": physical, **({"logicalLocations": logical} if logical else {})}
