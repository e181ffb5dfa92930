"""`init`: two files that pass `check`, nothing overwritten, and lines that can be typed as they are."""

import json
import socket

import pytest

from firstclass._native import load_yaml
from firstclass.app.beginning import begin_project, location_of
from firstclass.app.settings import load_settings
from firstclass.model.errors import Exit, FirstclassError
from firstclass.publish.contracts import compile_all

AWAY = "http://127.0.0.1:9"


@pytest.fixture
def contract(tmp_path):
    schema = {"type": "object", "properties": {"code": {"type": "string", "pattern": "(a)\\1"}}}
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "", "content": content}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Greeting Cards!", "version": "1"},
        "servers": [{"url": "https://cards.example/v1"}],
        "paths": {"/cards": {"get": {"operationId": "listCards", "responses": responses}}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def begin(contract, upstream=AWAY):
    return begin_project(contract, upstream, None, contract.parent / "firstclass.yaml").as_json()


def test_what_it_writes_can_be_enforced_as_it_stands(contract):
    before = contract.read_bytes()
    begin(contract)
    loaded = load_settings(contract.parent / "firstclass.yaml", environment={})
    (compiled,) = compile_all(loaded.settings.apis, contract.parent)
    assert compiled.errors == () and compiled.entry.name == "greeting-cards" and contract.read_bytes() == before
    assert "unchecked" in (contract.parent / "policy.overlay.yaml").read_text()


def test_the_next_lines_name_what_is_there(contract):
    lines = begin(contract)["next"]
    assert any("--api greeting-cards --operations listCards" in line for line in lines)
    assert lines[-1] == 'curl -H "X-API-Key: $KEY" http://127.0.0.1:8080/v1/cards'


def test_an_api_that_already_runs_begins_in_observe(contract):
    with socket.create_server(("127.0.0.1", 0)) as server:
        begin(contract, f"http://127.0.0.1:{server.getsockname()[1]}")
    assert load_settings(contract.parent / "firstclass.yaml", environment={}).settings.apis[0].mode == "observe"


def test_one_that_does_not_run_begins_in_enforce(contract):
    begin(contract)
    assert load_settings(contract.parent / "firstclass.yaml", environment={}).settings.apis[0].mode == "enforce"


@pytest.mark.parametrize("authority", ["127.0.0.1:99999", "127.0.0.1:x", "127.0.0.1:0", "[::1", "[1]:80"])
def test_an_upstream_without_a_port_that_there_is_writes_nothing(contract, authority):
    with pytest.raises(FirstclassError, match="--upstream: must be an http URL") as caught:
        begin(contract, f"http://{authority}")
    assert (caught.value.code, caught.value.exit_code) == ("usage", Exit.USAGE)
    assert [path.name for path in contract.parent.iterdir()] == [contract.name]


@pytest.mark.parametrize("name", ["firstclass.yaml", "policy.overlay.yaml"])
def test_nothing_is_ever_overwritten(contract, name):
    (contract.parent / name).write_text("mine")
    with pytest.raises(FirstclassError, match="is there already"):
        begin(contract)
    assert (contract.parent / name).read_text() == "mine"
    assert sorted(path.name for path in contract.parent.iterdir()) == sorted([contract.name, name])


def changed(contract, **members):
    document = {**json.loads(contract.read_text()), **members}
    contract.write_text(json.dumps({key: value for key, value in document.items() if value is not None}))


@pytest.mark.parametrize("servers", [None, [], [{"url": "/"}]])
def test_without_servers_the_path_of_the_upstream_is_the_base_path(contract, servers):
    changed(contract, servers=servers)
    lines = begin(contract, f"{AWAY}/shop/v2/")["next"]
    (entry,) = load_settings(contract.parent / "firstclass.yaml", environment={}).settings.apis
    (compiled,) = compile_all([entry], contract.parent)
    api = compiled.compiled.document["api"]
    assert (entry.base_path, api["base_path"], api["upstream_path"]) == ("/shop/v2", "/shop/v2", "/shop/v2")
    assert lines[-1].endswith("http://127.0.0.1:8080/shop/v2/cards")


def test_with_servers_or_without_a_path_no_base_path_is_written(contract):
    begin(contract, f"{AWAY}/shop")
    assert "base_path" not in (contract.parent / "firstclass.yaml").read_text()


@pytest.mark.parametrize("is_running", [False, True])
def test_a_lone_empty_alternative_says_as_little_as_nothing(contract, is_running):
    changed(contract, security=[{}])
    with socket.create_server(("127.0.0.1", 0)) as server:
        begin(contract, f"http://127.0.0.1:{server.getsockname()[1]}" if is_running else AWAY)
    loaded = load_settings(contract.parent / "firstclass.yaml", environment={})
    (compiled,) = compile_all(loaded.settings.apis, contract.parent)
    assert compiled.errors == ()
    assert ([] in compiled.compiled.document["operations"][0]["access"]["any_of"]) == is_running


def test_a_lone_empty_alternative_of_one_operation_is_public(contract):
    key = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    paths = json.loads(contract.read_text())["paths"]
    ping = {"get": {"operationId": "ping", "security": [{}], "responses": {"204": {"description": ""}}}}
    changed(contract, security=[{"key": []}], components=key, paths={**paths, "/ping": ping})
    begin(contract)
    loaded = load_settings(contract.parent / "firstclass.yaml", environment={})
    (compiled,) = compile_all(loaded.settings.apis, contract.parent)
    access = {each["id"]: each["access"] for each in compiled.compiled.document["operations"]}
    assert compiled.errors == () and access["ping"] == {"public": {}} and "any_of" in access["listCards"]


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize("is_running", [False, True])
def test_an_optional_credential_keeps_the_callers_that_there_are(contract, is_running, is_whole):
    key = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    paths, optional = json.loads(contract.read_text())["paths"], [{}, {"key": []}]
    paths["/cards"]["get"]["security"] = optional
    if is_whole:
        del paths["/cards"]["get"]["security"]
    changed(contract, components=key, paths=paths, security=optional if is_whole else None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        begin(contract, f"http://127.0.0.1:{server.getsockname()[1]}" if is_running else AWAY)
    loaded = load_settings(contract.parent / "firstclass.yaml", environment={})
    (compiled,) = compile_all(loaded.settings.apis, contract.parent)
    if is_running:
        assert compiled.errors == () and compiled.compiled.document["schemes"][0]["kind"] == "own"
        ways = compiled.compiled.document["operations"][0]["access"]["any_of"]
        assert ways == [[{"scheme": 0, "scopes": []}], []], "with their key or without, as today"
    else:
        assert [error.code for error in compiled.errors] == ["security_optional"], "of a new API a person decides"


def test_tokens_that_nobody_believes_yet_are_told_and_no_key_is_offered(contract):
    bearer = {"type": "http", "scheme": "bearer"}
    changed(contract, security=[{"login": []}], components={"securitySchemes": {"login": bearer}})
    begun = begin_project(contract, AWAY, None, contract.parent / "firstclass.yaml")
    assert begun.decided[-1].startswith("callers' tokens (login) will be refused (401) until issuers: …")
    assert "issuers:" in begun.here[0] and begun.there == ()


def test_where_a_key_opens_something_the_key_is_still_offered(contract):
    schemes = {
        "login": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    }
    changed(contract, security=[{"login": []}, {"key": []}], components={"securitySchemes": schemes})
    begun = begin_project(contract, AWAY, None, contract.parent / "firstclass.yaml")
    assert "401" in begun.decided[-1] and "X-Key" in begun.there[-1]


def test_a_key_in_authorization_is_explained(contract):
    key = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Authorization"}}}
    changed(contract, security=[{"key": []}], components=key)
    decided = begin_project(contract, AWAY, None, contract.parent / "firstclass.yaml").decided
    assert "Bearer TOKEN" in decided[-1] and "scheme: bearer" in decided[-1]


def test_a_contract_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FirstclassError) as caught:
        begin(tmp_path / "nothing.yaml")
    assert caught.value.exit_code == Exit.NOT_FOUND and list(tmp_path.iterdir()) == []


def test_a_place_becomes_a_query_for_exactly_that_place():
    root = load_yaml('{"/it\'s~": {"200": [{"a": 1}]}}')
    assert location_of("/~1it's~0/200/0/a", root) == ("/it's~", "200", 0, "a")
