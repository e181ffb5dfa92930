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


@pytest.mark.parametrize("name", ["firstclass.yaml", "policy.overlay.yaml"])
def test_nothing_is_ever_overwritten(contract, name):
    (contract.parent / name).write_text("mine")
    with pytest.raises(FirstclassError, match="is there already"):
        begin(contract)
    assert (contract.parent / name).read_text() == "mine"
    assert sorted(path.name for path in contract.parent.iterdir()) == sorted([contract.name, name])


def test_a_contract_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FirstclassError) as caught:
        begin(tmp_path / "nothing.yaml")
    assert caught.value.exit_code == Exit.NOT_FOUND and list(tmp_path.iterdir()) == []


def test_a_place_becomes_a_query_for_exactly_that_place():
    root = load_yaml('{"/it\'s~": {"200": [{"a": 1}]}}')
    assert location_of("/~1it's~0/200/0/a", root) == ("/it's~", "200", 0, "a")
