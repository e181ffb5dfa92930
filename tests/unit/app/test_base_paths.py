"""Contracts with several base paths: an entry for each that callers may use, words for the others."""

import json

import pytest

from firstclass.app.base_paths import entries_for
from firstclass.app.beginning import begin_project
from firstclass.app.checking import check_path
from firstclass.app.settings import load_settings
from firstclass.base.settings import ApiEntry
from firstclass.publish.contracts import compile_all, compile_entry

AWAY = "http://127.0.0.1:9"


def entries(tmp_path, servers, upstream=AWAY):
    paths = {"/a": {"get": {"operationId": "a", "security": [], "responses": {"204": {"description": ""}}}}}
    contract = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "servers": servers, "paths": paths}
    (tmp_path / "api.json").write_text(json.dumps(contract))
    entry = ApiEntry(name="shop", contract="api.json", upstream=upstream)
    lowered = compile_entry(entry, tmp_path, keep=True).compiled.lowered
    found, told = entries_for(entry, lowered)
    return [(each.name, each.base_path, each.upstream) for each in found], told


def urls(*each):
    return [{"url": url} for url in each]


def test_each_base_path_of_the_host_gets_an_entry(tmp_path):
    found, told = entries(tmp_path, urls("https://a.example/v1", "https://a.example/v2", "https://a.example/v1/"))
    assert found == [("shop", "/v1", AWAY), ("shop-v2", "/v2", AWAY)] and told == ()


def test_values_of_variables_are_base_paths_as_well(tmp_path):
    variables = {"version": {"default": "v2", "enum": ["v1", "v2", "v3"]}}
    found, _ = entries(tmp_path, [{"url": "https://a.example/{version}", "variables": variables}])
    assert [path for _, path, _ in found] == ["/v2", "/v1", "/v3"]


def test_other_hosts_are_told(tmp_path):
    found, told = entries(tmp_path, urls("https://a.example/v1", "http://localhost:3000/dev"))
    assert found == [("shop", None, AWAY)] and "add an entry under apis with base_path: /dev" in told[0]


@pytest.mark.parametrize(
    ("upstream", "others"), [(f"{AWAY}/v1", [f"{AWAY}/v2"]), (f"{AWAY}/", [AWAY]), (f"{AWAY}/elsewhere", [])]
)
def test_the_upstream_is_called_below_the_same_path_where_that_is_known(tmp_path, upstream, others):
    found, told = entries(tmp_path, urls("/v1", "/v2"), upstream)
    assert [at for _, _, at in found[1:]] == others and len(told) == 1 - len(others)


def test_init_writes_them_and_check_has_nothing_to_say_of_servers(tmp_path):
    entries(tmp_path, urls("https://a.example/v1", "https://a.example/v2"))
    begun = begin_project(tmp_path / "api.json", AWAY, None, tmp_path / "firstclass.yaml")
    loaded = load_settings(tmp_path / "firstclass.yaml", environment={})
    apis = [each.compiled.document["api"] for each in compile_all(loaded.settings.apis, tmp_path)]
    assert [(api["name"], api["base_path"], api["upstream_path"]) for api in apis] == [
        *(("shop", "/v1", "/v1"), ("shop-v2", "/v2", "/v2"))
    ]
    assert any("base path /v2 too" in line and "shop-v2" in line for line in begun.decided)
    assert "servers_not_followed" not in {each.code for each in check_path(tmp_path / "firstclass.yaml").warnings}
