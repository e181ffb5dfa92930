"""Whole contracts: the acceptance contract and what must be refused."""

import importlib.util
import json
import os
from pathlib import Path

import pytest

from firstclass.compiler import ApiSettings, compile_api, encode


@pytest.fixture(scope="module")
def library(data_folder: Path) -> Path:
    folder = data_folder.parent / "accept" / "library"
    # CI that has the data must not pass because the contract beside it is gone.
    if not folder.is_dir() and os.environ.get("CI") == "true":  # noqa: TID251 - where tests run is no setting
        pytest.fail(f"{folder} is absent, although {data_folder} is there")
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


def _compile(folder, **changed):
    def read(name):
        return changed.get(name.partition(".")[0], (folder / name).read_bytes())

    return compile_api(ApiSettings(name="library", contract="openapi.yaml"), read)


def _broken(folder):
    spec = importlib.util.spec_from_file_location("exchanges", folder / "exchanges.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.BROKEN


def test_the_acceptance_contract_compiles(library):
    result = _compile(library)
    assert result.errors == ()
    assert (result.title, result.version) == ("Library", "1.2.0")
    document = result.document
    assert [o["id"] for o in document["operations"]][:3] == ["listMembers", "addMember", "getMember"]
    assert document["api"]["base_path"] == "/v1" == document["api"]["upstream_path"]
    assert document["categories"] == ["contact", "financial", "PII", "government-id"]
    loans = next(o for o in document["operations"] if o["id"] == "listLoans")
    assert loans["access"]["any_of"] == [[{"scheme": 0, "scopes": []}, {"scheme": 1, "scopes": []}]]
    assert loans["parameters"][0]["owner"] == "sub"
    strict = {o["id"]: o["strict"] for o in document["operations"]}
    assert strict["getMember"] and not strict["getOwnMember"]


def test_each_broken_contract_is_refused_with_place_and_hint(library):
    text = (library / "openapi.yaml").read_text()
    for name, old, new, mention in _broken(library):
        result = _compile(library, openapi=text.replace(old, new, 1).encode())
        assert result.document is None, name
        assert mention in json.dumps([e.message + e.hint for e in result.errors]), name
        for error in result.errors:
            assert error.hint and error.line > 1 and error.file == "openapi.yaml", name


def test_every_index_has_a_place_in_a_file(library):
    result = _compile(library)
    lines = {name: len((library / name).read_text().splitlines()) for name in ("openapi.yaml", "problem.yaml")}
    assert {f"schemas/{i}" for i in range(len(result.document["schemas"]))} <= set(result.source_map)
    for i, operation in enumerate(result.document["operations"]):
        assert f"operations/{i}" in result.source_map
        assert f"operations/{i}/security" in result.source_map
        for j in range(len(operation["parameters"])):
            assert f"operations/{i}/parameters/{j}" in result.source_map
        for j in range(len(operation["responses"])):
            assert f"operations/{i}/responses/{j}" in result.source_map
    assert all(1 <= place["line"] <= lines[place["file"]] for place in result.source_map.values())


def test_a_schema_of_both_directions_is_kept_once_where_nothing_differs(library):
    table = _compile(library).document["schemas"]
    assert sum("mask" in schema for schema in table) == 5
    assert sum(schema == {"never": "readOnly"} for schema in table) == 1


def test_compiling_twice_gives_the_same_bytes(library):
    assert encode(_compile(library).document) == encode(_compile(library).document)


@pytest.mark.parametrize(
    ("head", "mention"),
    [
        ({"swagger": "1.2"}, "Swagger 1.2"),
        ({"openapi": "4.0.0"}, "4.0.0"),
        ({"openapi": 3.1}, "string"),
        ({}, "openapi"),
    ],
)
def test_other_versions_are_refused(compiled, head, mention):
    result = compiled({**head, "info": {"title": "T", "version": "1"}, "paths": {}})
    assert [e.code for e in result.errors] == ["unsupported_version"]
    assert mention in result.errors[0].message


def test_a_contract_that_cannot_be_read_is_an_error(compiled):
    result = compile_api(ApiSettings(name="a", contract="missing.yaml"), {}.__getitem__)
    assert [e.code for e in result.errors] == ["unreadable_file"]


@pytest.mark.parametrize("text", ["", "null", "[]", "3", "'x'", "openapi: 3.1.0", "openapi: 3.1.0\npaths: 3"])
def test_what_is_no_contract_is_an_error(codes, text):
    assert codes(text)


def test_misspelt_fields_of_openapi_are_errors_with_a_suggestion(compiled, make):
    contract = make.operation(paramters=[])
    error = compiled(contract).errors[0]
    assert (error.code, error.hint) == ("unknown_key", "did you mean 'parameters'?")


def test_a_misspelt_extension_is_an_error_and_a_foreign_one_is_not(codes, make):
    assert codes(make.operation(**{"x-firstclas": {}})) == ["unknown_key"]
    assert codes(make.operation(**{"x-internal": {}})) == []


def test_an_extension_in_the_wrong_place_is_an_error(codes, make):
    contract = make.operation(responses={"204": {"description": "", "x-firstclass": {"rate": "1 per day by address"}}})
    assert codes(contract) == ["misplaced_extension"]


def test_owner_without_anybody_whose_subject_is_known_is_an_error(codes, make):
    schema = {"type": "object", "properties": {"id": {"type": "string", "x-firstclass": {"owner": "token.sub"}}}}
    assert codes(make.schema(schema)) == ["subject_unknown"]


def test_owner_with_a_bearer_scheme_is_carried_in_both_directions(sound, make):
    schema = {"type": "object", "properties": {"id": {"type": "string", "x-firstclass": {"owner": "token.customer"}}}}
    contract = make.schema(schema)
    contract["security"] = [{"person": []}]
    del contract["paths"]["/a"]["post"]["security"]
    contract["components"]["securitySchemes"] = {"person": {"type": "http", "scheme": "bearer"}}
    document = sound(contract)
    assert {s["owner"] for s in document["schemas"] if "owner" in s} == {"customer"}
    assert "owner" in document["requires"]


def test_what_is_described_but_not_enforced_is_listed(compiled, make):
    contract = {**make.operation(callbacks={"done": {}}), "webhooks": {"new": {}}}
    items = compiled(contract).unenforced
    assert [item["what"] for item in items] == ["webhooks", "callbacks"]
    assert all(item["why"] and item["line"] for item in items)


def test_requires_names_only_what_is_used(sound, make):
    assert sound(make.base())["requires"] == ["projection"]
    assert sound(make.base(), mode="observe")["requires"] == ["observe", "projection"]
