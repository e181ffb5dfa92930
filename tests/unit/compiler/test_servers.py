"""Base path, upstream and the upstream's path."""

import json

import pytest

from firstclass.compiler import servers
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.reading import parse


def _api(sound, make, servers=None, **settings):
    return sound(make.base(**({"servers": servers} if servers else {})), **settings)["api"]


@pytest.mark.parametrize(
    ("servers", "base_path"),
    [
        (None, ""),
        ([{"url": "https://a.example/v1"}], "/v1"),
        ([{"url": "https://a.example/v1/"}, {"url": "https://b.example/v2"}], "/v1"),
        ([{"url": "https://a.example"}], ""),
        ([{"url": "/v1"}], "/v1"),
        ([{"url": "v1"}], "/v1"),
        ([{"url": "/"}], ""),
        (
            [
                {
                    "url": "https://{env}.example/{version}",
                    "variables": {"version": {"default": "v3"}, "env": {"default": "x"}},
                }
            ],
            "/v3",
        ),
    ],
)
def test_the_base_path_is_that_of_the_first_server(sound, make, servers, base_path):
    api = _api(sound, make, servers)
    assert (api["base_path"], api["upstream_path"]) == (base_path, base_path)


def test_settings_replace_the_servers_path(sound, make):
    assert _api(sound, make, [{"url": "/v1"}], base_path="/v2/")["base_path"] == "/v2"
    assert _api(sound, make, [{"url": "/v1"}], base_path="/")["base_path"] == ""


@pytest.mark.parametrize(
    ("upstream", "target", "path"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000", "/v1"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000", "/v1"),
        ("http://host.example/api/v9", "http://host.example", "/api/v9"),
        ("https://[::1]:8443/x", "https://[::1]:8443", "/x"),
    ],
)
def test_a_path_of_the_upstream_replaces_the_base_path(sound, make, upstream, target, path):
    api = _api(sound, make, [{"url": "/v1"}], upstream=upstream)
    assert (api["upstream"], api["upstream_path"]) == (target, path)


@pytest.mark.parametrize(
    ("servers", "settings", "code"),
    [
        ([{"url": "https://a.example/{v}"}], {}, "server_invalid"),
        ([{"url": "/a/../b"}], {}, "server_invalid"),
        ([{"url": "http://["}], {}, "server_invalid"),
        ([{}], {}, "server_invalid"),
        ([3], {}, "wrong_type"),
        ({}, {}, "wrong_type"),
        ([], {"base_path": "/a b"}, "base_path_invalid"),
        ([], {"upstream": "ftp://a"}, "upstream_invalid"),
        ([], {"upstream": "localhost:3000"}, "upstream_invalid"),
        ([], {"upstream": "http://a?b"}, "upstream_invalid"),
        ([], {"upstream": "http://u:p@a"}, "upstream_invalid"),
        ([], {"upstream": "http://a:99999"}, "upstream_invalid"),
        ([], {"upstream": "http://[a"}, "upstream_invalid"),
    ],
)
def test_what_is_no_path_or_url_is_an_error(codes, make, servers, settings, code):
    assert codes(make.base(servers=servers), **settings) == [code]


def test_servers_of_an_operation_are_listed(compiled, make):
    result = compiled(make.operation(servers=[{"url": "/x"}]))
    assert [item["what"] for item in result.unenforced] == ["servers of a path or operation"]
    assert [(warning.code, warning.line) for warning in result.warnings] == [("servers_not_followed", 1)]


def test_servers_of_a_path_in_another_file_are_listed(compiled, make):
    contract = make.base(paths={"/a": {"$ref": "paths.yaml#/a"}})
    item = make.base()["paths"]["/a"]
    result = compiled(contract, files={"paths.yaml": {"a": {**item, "servers": [{"url": "/x"}]}}})
    assert [(item["what"], item["file"]) for item in result.unenforced] == [
        ("servers of a path or operation", "paths.yaml")
    ]


@pytest.mark.parametrize(
    ("servers", "others"),
    [
        ([{"url": "https://a.example/v1"}, {"url": "https://b.example/v2"}], ["/v2"]),
        ([{"url": "https://a.example/v1"}, {"url": "https://b.example/v1/"}], []),
        ([{"url": "https://a.example/v1"}, {"url": "https://b.example"}], ["/"]),
        ([{"url": "/{v}", "variables": {"v": {"default": "v1", "enum": ["v1", "v2"]}}}], ["/v2"]),
        (
            [{"url": "/{a}/{b}", "variables": {n: {"default": "x", "enum": ["x", "y"]} for n in "ab"}}],
            ["/x/y"],
        ),
        ([{"url": "https://{e}.example/v1", "variables": {"e": {"default": "a", "enum": ["a", "b"]}}}], []),
    ],
)
def test_servers_of_another_path_are_not_dropped_in_silence(compiled, make, servers, others):
    found = [w for w in compiled(make.base(servers=servers)).warnings if w.code == "servers_not_followed"]
    assert [warning.hint.rpartition(" ")[2] for warning in found] == others
    settled = compiled(make.base(servers=servers), base_path="/v1").warnings
    assert [w for w in settled if w.code == "servers_not_followed"] == []


def test_values_of_several_variables_are_combined_up_to_a_bound():
    def spelled(count):
        names = [f"v{number}" for number in range(count)]
        variables = {name: {"default": "x", "enum": ["x", "y"]} for name in names}
        url = "/" + "/".join("{" + name + "}" for name in names)
        node = parse("a.json", json.dumps({"url": url, "variables": variables}).encode(), Findings())
        return servers._spellings(node, url)

    assert set(spelled(2)) == {"/x/x", "/x/y", "/y/x", "/y/y"}
    found = spelled(30)
    assert len(found) == servers.MAX_SPELLINGS + 2 * 30 and all("{" not in text for text in found)
