"""Compile and audit what a configuration, or a contract alone, names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from firstclass.app.applying import check_plan_names
from firstclass.app.contract_gaps import find_gaps
from firstclass.app.settings import LoadedSettings, load_settings
from firstclass.app.unreadable_files import told_where_named
from firstclass.base.files import read_bounded
from firstclass.base.settings import ApiEntry, Settings
from firstclass.compiler import Diagnostic
from firstclass.inventory import Audit, Harm, audit
from firstclass.inventory.grading import worst_of
from firstclass.model.errors import Exit, FirstclassError, Where
from firstclass.publish.contracts import MAX_CONTRACT_BYTES, CompiledApi, check_base_paths, compile_entry
from firstclass.publish.observed_anyway import Change, all_changes
from firstclass.publish.satisfiable import find_unsatisfiable, unsatisfiable_schemes
from firstclass.publish.undeclared_failures import find_undeclared_failures
from firstclass.publish.whose_tokens import with_unnamed_issuers

SNIFFED = 4096
CONFIGURATIONS = (".json", ".yaml", ".yml")
_SAYS_SO = re.compile(r"\s*(?:#[^\n]*\n\s*)*\{?\s*[\"']?(?:openapi|swagger)[\"']?\s*:")
NOWHERE = "http://127.0.0.1:3000"


@dataclass(frozen=True)
class CheckedApi:
    """One API: its compilation, and what it gives away."""

    result: CompiledApi
    audit: Audit


@dataclass(frozen=True)
class Checked:
    """What `check` found. `config` is None for a contract alone; its files are relative to `directory`. `together`:
    warnings of contract and configuration together."""

    config: Path | None
    directory: Path
    apis: tuple[CheckedApi, ...]
    together: tuple[Diagnostic, ...] = ()
    settings: Settings | None = None

    @property
    def shut(self) -> int:
        """Operations at which nobody can sign in."""
        return sum(api.audit.reach.shut for api in self.apis if api.audit.reach is not None)

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps a contract from being enforced."""
        return [error for api in self.apis for error in api.result.errors]

    @cached_property
    def warnings(self) -> list[Diagnostic]:
        """What is enforced, but perhaps not as meant."""
        of_contracts = (warning for api in self.apis for warning in api.result.compiled.warnings)
        results = [api.result for api in self.apis]
        every = (*self.together, *of_contracts, *find_undeclared_failures(results), *find_gaps(results))
        return list(dict.fromkeys(every))  # entries may share a contract

    @property
    def unenforced(self) -> list[dict[str, Any]]:
        """What is written and not enforced."""
        return [item for api in self.apis for item in api.result.compiled.unenforced]

    @cached_property
    def changes(self) -> list[Change]:
        """What changes for callers of APIs that are observed, though nothing is enforced; none of a contract alone."""
        return all_changes(api.result.compiled.document for api in self.apis) if self.config is not None else []

    @property
    def harms(self) -> list[Harm]:
        """What the contracts give away."""
        return [harm for api in self.apis for harm in api.audit.harms]

    @property
    def grade(self) -> str:
        """That of the worst API."""
        return worst_of(api.audit.grade for api in self.apis)


def check_path(path: Path, data: Path | None = None, *, is_config: bool = False) -> Checked:
    """Compile and audit a configuration or a contract. `is_config`: what is not there was meant for a configuration.

    Raises:
        FirstclassError: the configuration cannot be read, names no API, or names operations that no API has.
    """
    if not is_config and not path.exists() and _would_be_contract(path):
        message = f"there is no contract {path}"
        hint = "name an OpenAPI document, or a configuration (firstclass.yaml); firstclass init writes one"
        raise FirstclassError("contract_missing", message, hint=hint, exit_code=Exit.NOT_FOUND)
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
    apis = tuple(_checked(entry, loaded.directory, loaded) for entry in loaded.settings.apis)
    check_base_paths([api.result for api in apis])
    if not any(api.result.errors for api in apis):
        check_plan_names(loaded, [api.result for api in apis])
    together = tuple(find_unsatisfiable(loaded.settings, [api.result for api in apis]))
    return Checked(path, loaded.directory, apis, together, loaded.settings)


def _checked(entry: ApiEntry, directory: Path, loaded: LoadedSettings | None = None) -> CheckedApi:
    """Without `loaded` nobody knows which issuers there will be."""
    result = compile_entry(entry, directory, keep=True)
    if loaded is not None:
        (result,) = told_where_named(loaded, [result])
        result = with_unnamed_issuers(loaded.settings, result)
    shut = unsatisfiable_schemes(loaded.settings, result) if loaded is not None else frozenset()
    return CheckedApi(result, audit(result.compiled, shut))


def _would_be_contract(path: Path) -> bool:
    """What a configuration is called is looked for as one."""
    return path.suffix.lower() in CONFIGURATIONS and "firstclass" not in path.name.lower()


def is_contract(path: Path) -> bool:
    """Whether the file calls itself an OpenAPI (or Swagger) document; what does not parse counts as configuration
    only by its name, and so does text."""
    from firstclass._native import load_yaml

    try:
        text = read_bounded(path, MAX_CONTRACT_BYTES).decode()
        if _SAYS_SO.match(text[:SNIFFED]):
            return True  # a large contract is not read twice
        kind, _, _, value = load_yaml(text)
    except (OSError, ValueError):
        return path.exists() and path.name != "firstclass.yaml"
    if kind != "map":
        return path.suffix.lower() not in CONFIGURATIONS
    return any(key in ("openapi", "swagger", "paths") for key, *_ in value)
