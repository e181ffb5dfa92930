"""Compile and audit what a configuration, or a contract alone, names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstclass.app.settings import load_settings
from firstclass.base.settings import ApiEntry
from firstclass.compiler import Diagnostic
from firstclass.inventory import Audit, Harm, audit
from firstclass.inventory.grading import worst_of
from firstclass.model.errors import FirstclassError, Where
from firstclass.publish.contracts import CompiledApi, check_base_paths, compile_entry

SNIFFED = 4096
_SAYS_SO = re.compile(r"\s*(?:#[^\n]*\n\s*)*\{?\s*[\"']?(?:openapi|swagger)[\"']?\s*:")
NOWHERE = "http://127.0.0.1:3000"


@dataclass(frozen=True)
class CheckedApi:
    """One API: its compilation, and what it gives away."""

    result: CompiledApi
    audit: Audit


@dataclass(frozen=True)
class Checked:
    """What `check` found. `config` is None for a contract alone; its files are relative to `directory`."""

    config: Path | None
    directory: Path
    apis: tuple[CheckedApi, ...]

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps a contract from being enforced."""
        return [error for api in self.apis for error in api.result.errors]

    @property
    def warnings(self) -> list[Diagnostic]:
        """What is enforced, but perhaps not as meant."""
        return [warning for api in self.apis for warning in api.result.compiled.warnings]

    @property
    def unenforced(self) -> list[dict[str, Any]]:
        """What is written and not enforced."""
        return [item for api in self.apis for item in api.result.compiled.unenforced]

    @property
    def harms(self) -> list[Harm]:
        """What the contracts give away."""
        return [harm for api in self.apis for harm in api.audit.harms]

    @property
    def grade(self) -> str:
        """That of the worst API."""
        return worst_of(api.audit.grade for api in self.apis)


def check_path(path: Path, data: Path | None = None) -> Checked:
    """Compile and audit a configuration or a contract.

    Raises:
        FirstclassError: the configuration cannot be read, or names no API.
    """
    if is_contract(path):
        entry = ApiEntry(name="contract", contract=path.name, upstream=NOWHERE)
        directory = path.absolute().parent
        return Checked(None, directory, (_checked(entry, directory),))
    loaded = load_settings(path, data=data)
    if not loaded.settings.apis:
        raise FirstclassError(
            "no_apis",
            "no API is configured, so every call would be answered 404",
            hint="apis: [{name: NAME, contract: openapi.yaml, upstream: URL}]; firstclass init writes such a file",
            where=Where(str(path), 1, 1, "/apis"),
        )
    apis = tuple(_checked(entry, loaded.directory) for entry in loaded.settings.apis)
    check_base_paths([api.result for api in apis])
    return Checked(path, loaded.directory, apis)


def _checked(entry: ApiEntry, directory: Path) -> CheckedApi:
    result = compile_entry(entry, directory, keep=True)
    return CheckedApi(result, audit(result.compiled))


def is_contract(path: Path) -> bool:
    """Whether the file calls itself an OpenAPI (or Swagger) document; what does not parse counts as configuration
    only by its name."""
    from firstclass._native import load_yaml

    try:
        text = path.read_text(encoding="utf-8")
        if _SAYS_SO.match(text[:SNIFFED]):
            return True  # a large contract is not read twice
        kind, _, _, value = load_yaml(text)
    except (OSError, ValueError):
        return path.exists() and path.name != "firstclass.yaml"
    return kind == "map" and any(key in ("openapi", "swagger", "paths") for key, *_ in value)
