"""Audit a contract written in a test, and paste its fixes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from firstclass.compiler import ApiSettings, Compiled, compile_api
from firstclass.inventory import Audit, Harm, audit, compose
from firstclass.inventory.facts import Facts

OK = {"204": {"description": ""}}
KEY = {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
TOKEN = {"people": {"type": "http", "scheme": "bearer"}}
HEAD = "overlay: 1.0.0\ninfo: {title: Fixes, version: 1.0.0}\nactions:\n"


def answer(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    """Responses that give this schema."""
    return {"200": {"description": "", "content": {media_type: {"schema": schema}}}}


def takes(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    """A request body of this schema."""
    return {"content": {media_type: {"schema": schema}}}


def things(*names: str, **more: Any) -> dict[str, Any]:
    """An object of bounded texts."""
    return {"type": "object", "properties": {name: {"type": "string", "maxLength": 50} for name in names} | more}


@dataclass
class Audited:
    """A contract, what was found in it, and what its fixes make of it."""

    contract: Any
    overlays: tuple[str, ...]
    compiled: Compiled
    audit: Audit

    @property
    def facts(self) -> Facts:
        assert self.compiled.lowered is not None
        return Facts(self.compiled.lowered)

    def of(self, code: str) -> list[Harm]:
        """The harms of one code, each whole."""
        found = [harm for harm in self.audit.harms if harm.code == code]
        for harm in found:
            assert harm.message and harm.why and harm.fix and harm.file and harm.line >= 1 and harm.column >= 1
        return found

    def one(self, code: str) -> Harm:
        """The only harm of a code."""
        found = self.of(code)
        assert len(found) == 1, [harm.message for harm in self.audit.harms]
        return found[0]

    def mended(self, code: str) -> Audited:
        """With the fixes of this code pasted: none of its harms is left, and no error has come."""
        found = self.of(code)
        assert found and all(harm.actions for harm in found), [harm.fix for harm in found]
        after = audited(self.contract, *self.overlays, HEAD + compose(found).text)
        known = {(error.code, error.pointer) for error in self.compiled.errors}
        fresh = [error for error in after.compiled.errors if (error.code, error.pointer) not in known]
        assert fresh == [] and after.of(code) == [], (fresh, [harm.message for harm in after.of(code)])
        return after


def audited(contract: Any, *overlays: str, files: dict[str, Any] | None = None) -> Audited:
    name = "api.yaml" if isinstance(contract, str) and not contract.startswith("{") else "api.json"
    texts = {name: contract, **{f"overlay{i}.yaml": text for i, text in enumerate(overlays)}, **(files or {})}
    contents = {name: (text if isinstance(text, str) else json.dumps(text)).encode() for name, text in texts.items()}
    listed = tuple(each for each in texts if each.startswith("overlay"))
    settings = ApiSettings(name="test", contract=name, overlays=listed)
    compiled = compile_api(settings, contents.__getitem__, keep=True)
    return Audited(contract, overlays, compiled, audit(compiled))


def contract(paths: dict[str, Any], version: str = "3.1.0", schemas: Any = None, **root: Any) -> dict[str, Any]:
    """A contract whose operations ask for a key unless they say otherwise, and that answer 204."""
    for item in paths.values():
        for method, operation in item.items():
            if isinstance(operation, dict):
                name = method + "".join(c for c in str(len(item)) + str(id(item)) if c.isalnum())
                operation.setdefault("operationId", name)
                operation.setdefault("responses", OK)
    whole: dict[str, Any] = {
        "openapi": version,
        "info": {"title": "Test", "version": "1"},
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {"securitySchemes": {**KEY, **TOKEN}, "schemas": schemas or {}},
    }
    return {key: value for key, value in {**whole, **root}.items() if value is not None}


@pytest.fixture
def audit_of() -> Callable[..., Audited]:
    """Audit paths, or a whole contract, with overlays."""

    def run(paths: Any, *overlays: str, files: dict[str, Any] | None = None, **rest: Any) -> Audited:
        whole = paths if isinstance(paths, str) or "info" in paths else contract(paths, **rest)
        return audited(whole, *overlays, files=files)

    return run


@pytest.fixture
def make() -> Any:
    """The builders above, as attributes."""

    class Make:
        pass

    for builder in (answer, takes, things, contract):
        setattr(Make, builder.__name__, staticmethod(builder))
    return Make
