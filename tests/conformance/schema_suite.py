"""The JSON Schema Test Suite as it is read here: its schemas and tests, the documents that they refer to, and the list
of what is expected otherwise. Draft 2020-12 stands for OpenAPI 3.1, draft 4 for 3.0."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema_specifications import REGISTRY
from naming import Naming, opened
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = Any
Documents = dict[str, Json]
VERSIONS = {"draft2020-12": "3.1.0", "draft4": "3.0.3"}
VALIDATORS = {"draft2020-12": Draft202012Validator, "draft4": Draft4Validator}
# What is expected otherwise, by dialect: each schema and each test by its name, and why.
LISTED: Json = json.loads((Path(__file__).parent / "schema_suite_exceptions.json").read_text(encoding="utf-8"))
# How Python writes what ECMA-262 means; nothing but a whole pattern is looked up.
IN_PYTHON = {
    r"^\p{Letter}+$": r"^[^\W\d_]+\Z",
    r"\p{Letter}cole": r"[^\W\d_]cole",
    r"^\p{digit}+$": r"^\d+\Z",
    r"^\d+$": r"^[0-9]+\Z",
    r"^\d$": r"^[0-9]\Z",
    r"^\D$": r"^[^0-9]\Z",
    r"^\w$": r"^[A-Za-z0-9_]\Z",
    r"^\W$": r"^[^A-Za-z0-9_]\Z",
    r"\wcole": r"[A-Za-z0-9_]cole",
    r"^\s$": "^[\\s\ufeff]\\Z",
    r"^\S$": "^[^\\s\ufeff]\\Z",
    r"^\cC$": "^\x03\\Z",
    r"^\cc$": "^\x03\\Z",
    r"^abc$": r"^abc\Z",
    r"^\t$": r"^\t\Z",
}


@dataclass(frozen=True)
class Example:
    """One instance and its verdict. `listed`: why the engine's is the opposite, or an empty text."""

    title: str
    data: Json
    valid: bool
    listed: str

    @property
    def body(self) -> bytes:
        return json.dumps(self.data).encode()


class Group:
    """One schema of the suite, its tests, and what must become of their instances."""

    def __init__(self, dialect: str, file: str, content: Json, registry: Any) -> None:
        self.schema = content["schema"]
        self.title = f"{file}: {content['description']}"
        differing = {test: entry["why"] for entry in LISTED[dialect]["opposite"] for test in entry["tests"]}
        titles = [(f"{self.title}: {test['description']}", test) for test in content["tests"]]
        self.tests = [Example(title, t["data"], t["valid"], differing.get(title, "")) for title, t in titles]
        plain = spelt_for_python(self.schema)
        if dialect == "draft2020-12" and "dependencies" in file:
            plain = with_dependencies_of_today(plain)
        self._closed, self._opened = plain, opened(plain)
        self._registry, self._class = registry, VALIDATORS[dialect]

    def holds(self, test: Example) -> bool:
        """The suite's verdict, or the opposite where that is listed."""
        return test.valid != bool(test.listed)

    def as_it_leaves(self, test: Example) -> tuple[int, Json]:
        """The status of an answer with this body, and the body as it leaves.

        A valid one leaves without the members that the schema does not name. So does one whose only fault is such
        members; a member that one part of the schema names and another shuts out is a fault of the answer.
        """
        if self.holds(test):
            return 200, Naming(self._validator(self._closed)).without_unnamed(test.data)
        if self._opened == self._closed or not self._validator(self._opened).is_valid(test.data):
            return 502, None
        naming = Naming(self._validator(self._opened))
        left = naming.without_unnamed(test.data)
        return (502, None) if naming.names_what_it_shuts() else (200, left)

    def _validator(self, schema: Json) -> Any:
        return self._class(schema, registry=self._registry)


def read_groups(data: Path, dialect: str) -> list[Group]:
    """Every schema of a dialect, the optional ones among them."""
    top, registry = data / "json-schema" / dialect, Registry()
    for uri, document in referred_to(data, dialect).items():
        registry = registry.with_resource(uri, DRAFT202012.create_resource(document))
    return [
        Group(dialect, path.relative_to(top).as_posix(), content, registry)
        for path in sorted(top.rglob("*.json"))
        for content in json.loads(path.read_text(encoding="utf-8"))
    ]


def referred_to(data: Path, dialect: str) -> Documents:
    """The documents on the network that schemas refer to, by address: a contract has them inside, each under its `$id`.

    OpenAPI 3.0 has no `$id`, so that nothing can stand for them there; nor can a document that has an `$id` of its own.
    """
    if dialect != "draft2020-12":
        return {}
    top = data / "json-schema" / "remotes"
    documents = {
        "http://localhost:1234/" + path.relative_to(top).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((top / dialect).rglob("*.json"))
    }
    documents |= {uri: REGISTRY[uri].contents for uri in REGISTRY if "/draft/2020-12/" in uri}
    return {uri: {"$id": uri, **document} for uri, document in documents.items() if document.get("$id", uri) == uri}


def spelt_for_python(schema: Json) -> Json:
    """The schema with its patterns as Python's `re` means them."""
    if isinstance(schema, list):
        return [spelt_for_python(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: spelt_for_python(value) for key, value in schema.items()}
    if isinstance(schema.get("pattern"), str):
        out["pattern"] = IN_PYTHON.get(schema["pattern"], schema["pattern"])
    if "patternProperties" in schema:
        out["patternProperties"] = {IN_PYTHON.get(p, p): v for p, v in out["patternProperties"].items()}
    return out


def with_dependencies_of_today(schema: Json) -> Json:
    """`dependencies`, which 2020-12 split in two, as `jsonschema` understands it there."""
    if not isinstance(schema, dict) or "dependencies" not in schema:
        return schema
    names = {name: value for name, value in schema["dependencies"].items() if isinstance(value, list)}
    schemas = {name: value for name, value in schema["dependencies"].items() if not isinstance(value, list)}
    return {**schema, "dependentRequired": names, "dependentSchemas": schemas}
