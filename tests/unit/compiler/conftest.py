"""Compile a contract written in a test."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firstclass.compiler import ApiSettings, Compiled, compile_api, encode

Contract = dict[str, Any] | str
BUNDLE = Path(__file__).parents[3] / "bundle"


def base(version: str = "3.1.0", **root: Any) -> dict[str, Any]:
    """A contract with one public operation."""
    return {
        "openapi": version,
        "info": {"title": "Test", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "getA", "security": [], "responses": {"204": {"description": ""}}}}},
        **root,
    }


def with_operation(version: str = "3.1.0", path: str = "/a", **operation: Any) -> dict[str, Any]:
    """A contract with one operation, public unless it says otherwise."""
    whole = {"operationId": "getA", "security": [], "responses": {"204": {"description": ""}}, **operation}
    return base(version, paths={path: {"post": whole}})


def with_schema(
    schema: Any, version: str = "3.1.0", media_type: str = "application/json", **components: Any
) -> dict[str, Any]:
    """A contract whose only operation takes and gives this schema."""
    content = {media_type: {"schema": schema}}
    contract = with_operation(
        version, requestBody={"content": content}, responses={"200": {"description": "", "content": content}}
    )
    return {**contract, "components": {"schemas": components}}


@pytest.fixture
def compiled() -> Callable[..., Compiled]:
    """Compile a contract: an object or text, with overlays and other files by name."""

    def run(contract: Contract, *overlays: Contract, files: dict[str, Any] | None = None, **settings: Any) -> Compiled:
        texts = {"api.yaml": contract, **{f"overlay{i}.yaml": text for i, text in enumerate(overlays)}, **(files or {})}
        contents = {
            name: text if isinstance(text, bytes) else (text if isinstance(text, str) else json.dumps(text)).encode()
            for name, text in texts.items()
        }
        names = tuple(name for name in texts if name.startswith("overlay"))
        whole = ApiSettings(name="test", contract="api.yaml", overlays=names, **settings)
        return compile_api(whole, contents.__getitem__)

    return run


@pytest.fixture
def sound(compiled: Callable[..., Compiled]) -> Callable[..., dict[str, Any]]:
    """The bundle document of a contract that must compile, checked against the bundle's schema."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads((BUNDLE / "bundle.schema.json").read_text()))

    def run(contract: Contract, *overlays: Contract, **rest: Any) -> dict[str, Any]:
        result = compiled(contract, *overlays, **rest)
        assert not result.errors, result.errors
        assert result.document is not None
        problems = [
            f"{list(p.absolute_path)}: {p.message}" for p in validator.iter_errors(json.loads(encode(result.document)))
        ]
        assert not problems, problems
        return result.document

    return run


@pytest.fixture
def codes(compiled: Callable[..., Compiled]) -> Callable[..., list[str]]:
    """The codes of a contract's errors; each must have a place and a hint."""

    def run(contract: Contract, *overlays: Contract, **rest: Any) -> list[str]:
        result = compiled(contract, *overlays, **rest)
        assert all(e.hint and e.message and e.file and e.line >= 1 and e.column >= 1 for e in result.errors)
        assert (result.document is None) == bool(result.errors)
        return [error.code for error in result.errors]

    return run


@pytest.fixture
def schemas(
    sound: Callable[..., dict[str, Any]],
) -> Callable[..., tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]]:
    """A schema lowered for requests, for answers, and the whole table."""

    def run(schema: Any, version: str = "3.1.0", **components: Any) -> tuple[Any, Any, Any]:
        document = sound(with_schema(schema, version, **components))
        operation, table = document["operations"][0], document["schemas"]
        request = operation["body"]["media"][0]["kind"]["json"]["schema"]
        response = operation["responses"][0]["media"][0]["kind"]["json"]["schema"]
        return table[request], table[response], table

    return run


@pytest.fixture
def make() -> Any:
    """The builders of contracts above, as attributes."""

    class Make:
        base = staticmethod(base)
        operation = staticmethod(with_operation)
        schema = staticmethod(with_schema)

    return Make


@pytest.fixture(scope="session")
def bundle_folder() -> Path:
    """`bundle/`, the boundary."""
    return BUNDLE


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Third-party test data; tests skip where it is absent."""
    named = os.environ.get("FIRSTCLASS_TEST_DATA")  # noqa: TID251 - where the test data lies is no setting
    folder = Path(named) if named else Path(__file__).parents[4] / "shared" / "data"
    # CI that has the folder beside the checkout must not pass because the data in it is gone.
    if not folder.is_dir() and folder.parent.is_dir() and os.environ.get("CI") == "true":  # noqa: TID251 - as above
        pytest.fail(f"{folder} is absent, although {folder.parent} is there")
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder
