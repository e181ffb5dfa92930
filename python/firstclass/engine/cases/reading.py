"""Read a case directory into a `Case`. Unknown members are refused: a misspelt expectation would hold for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from firstclass.base.settings import ApiEntry
from firstclass.engine.cases.model import ApiOfCase, Case, CaseError, Exchange, Json

MEMBERS = {
    "exchange": {"name", "now", "request", "origin", "expect"},
    "request": {"method", "target", "headers", "body", "body_base64", "raw", "raw_base64"},
    "origin": {"status", "headers", "body", "body_base64", "json", "raw", "raw_base64", "delay_seconds"},
    "expect": {"decision", "reason", "origin_saw", "client_got"},
    "origin_saw": {"method", "target", "headers", "body", "body_base64", "json", "count"},
    "client_got": {
        "status", "headers", "json", "body", "body_base64", "absent", "violations", "count", "closed",
    },
    "api": {"name", "contract", "overlays", "mode", "base_path", "upstream_path"},
}  # fmt: skip


def find_cases(directory: Path) -> list[Path]:
    """`directory` itself if it is a case, else the cases directly below it, by name.

    Raises:
        CaseError: neither.
    """
    if (directory / "exchanges.jsonl").is_file():
        return [directory]
    found = sorted(path.parent for path in directory.glob("*/exchanges.jsonl"))
    if not found:
        raise CaseError(f"{directory}: no exchanges.jsonl here or one level below")
    return found


def read_case(path: Path) -> Case:
    """Read one case directory.

    Raises:
        CaseError: a file is absent or is not as `bundle/CASES.md` says.
    """
    apis = _read_apis(path)
    lines = _text(path / "exchanges.jsonl").split("\n")
    exchanges = tuple(_exchange(path, i, line) for i, line in enumerate(lines, start=1) if line.strip())
    directory = _load(path / "directory.json", _text(path / "directory.json"))
    if not isinstance(directory, dict) or not isinstance(directory.get("changes"), list):
        raise CaseError(f"{path.name}/directory.json: an object with a list `changes` is expected")
    if not (path / "settings.json").is_file():
        apis = (_named_by(directory, apis[0]),)
    return Case(path.name, path, apis, directory, exchanges)


def _named_by(directory: Json, api: ApiOfCase) -> ApiOfCase:
    """Without settings the API is called what every subscription calls it, else as the case is."""
    values = [c.get("value") or {} for c in directory["changes"] if c.get("type") == "subscription"]
    names = {v["api"] for v in values if "api" in v}
    if len(names) == 1 and all("api" in v for v in values):
        return ApiOfCase(names.pop(), api.contract, api.overlays)
    return api


def _read_apis(path: Path) -> tuple[ApiOfCase, ...]:
    overlays = ("overlay.yaml",) if (path / "overlay.yaml").is_file() else ()
    settings = path / "settings.json"
    if not settings.is_file():
        return (ApiOfCase(path.name, "contract.yaml", overlays),)
    value = _load(settings, _text(settings))
    entries = value.get("apis") if isinstance(value, dict) else None
    if not entries:
        raise CaseError(f"{path.name}/settings.json: a list `apis` is expected")
    apis = []
    for entry in entries:
        _known(f"{path.name}/settings.json", "api", entry)
        _check_mode(f"{path.name}/settings.json", entry.get("mode"))
        said = {"contract": "contract.yaml", "overlays": overlays, **entry}
        apis.append(ApiOfCase(**{**said, "overlays": tuple(said["overlays"])}))
    return tuple(apis)


def _check_mode(where: str, mode: Json) -> None:
    if mode is None:
        return
    entry = {"name": "a", "contract": "", "upstream": "http://a.test", "mode": mode}
    try:
        ApiEntry.model_validate(entry)
    except ValueError as problem:
        raise CaseError(f"{where}: `mode`: {problem}") from None


def _exchange(path: Path, line: int, text: str) -> Exchange:
    where = f"{path.name}/exchanges.jsonl:{line}"
    value = _known(where, "exchange", _load(Path(where), text))
    request = _known(where, "request", value.get("request"))
    origin = _known(where, "origin", value.get("origin") or {})
    expect = _known(where, "expect", value.get("expect"))
    _known(where, "client_got", expect.get("client_got") or {})
    if expect.get("origin_saw") is not None:
        _known(where, "origin_saw", expect["origin_saw"])
    if "raw" not in request and "raw_base64" not in request and not {"method", "target"} <= set(request):
        raise CaseError(f"{where}: a request has a method and a target, or raw bytes")
    if expect.get("decision") not in ("allow", "deny"):
        raise CaseError(f"{where}: `decision` is allow or deny")
    return Exchange(str(value.get("name", f"line {line}")), line, request, origin, expect, value.get("now"))


def _known(where: str, kind: str, value: Json) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{where}: `{kind}` is an object")
    unknown = sorted(set(value) - MEMBERS[kind])
    if unknown:
        raise CaseError(f"{where}: {kind} has no member {unknown[0]!r}; it may have {', '.join(sorted(MEMBERS[kind]))}")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise CaseError(f"{path.parent.name}/{path.name}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise CaseError(f"{path.parent.name}/{path.name}: not UTF-8") from None


def _load(path: Path, text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as problem:
        raise CaseError(f"{path.parent.name}/{path.name}: {problem}") from None
