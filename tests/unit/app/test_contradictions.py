"""Settings that are each right and together impossible are refused with the place of the one to change."""

import pytest

from firstclass.app.contradictions import find_contradiction
from firstclass.app.settings import load_settings
from firstclass.base.settings import Settings
from firstclass.model.errors import FirstclassError


def settings(upstream="http://127.0.0.1:3000", **listen):
    api = {"name": "books", "contract": "openapi.yaml", "upstream": upstream}
    return Settings.model_validate({"listen": listen, "apis": [api]})


@pytest.mark.parametrize(
    ("control", "status"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8082"),
        ("localhost:8080", "127.0.0.1:8082"),
        ("0.0.0.0:8080", "127.0.0.1:8082"),
        ("[::]:8080", "127.0.0.1:8082"),
        ("127.0.0.1:9", "localhost:9"),
    ],
)
def test_two_listeners_at_one_address_clash(control, status):
    found = find_contradiction(settings(control=control, status=status))
    assert found is not None and found.code == "listeners_clash" and found.pointer.startswith("/listen/")
    assert "port of its own" in found.hint


@pytest.mark.parametrize("other", ["127.0.0.2:8080", "[::1]:8080", "127.0.0.1:8089", "127.0.0.1:0"])
def test_listeners_that_can_both_be_had_are_fine(other):
    assert find_contradiction(settings(control=other)) is None


def test_any_free_port_clashes_with_none():
    assert find_contradiction(settings(traffic=0, control=0, status=0)) is None


@pytest.mark.parametrize(
    ("traffic", "upstream"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "http://localhost:8080/v1"),
        ("127.0.0.1:8080", "http://0.0.0.0:8080"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:80", "http://localhost"),
        ("gateway.example:8080", "http://GATEWAY.example:8080"),
    ],
)
def test_an_upstream_that_is_the_gateway_is_refused(traffic, upstream):
    found = find_contradiction(settings(upstream, traffic=traffic))
    assert found is not None and found.code == "upstream_is_gateway" and found.pointer == "/apis/0/upstream"
    assert "listen.traffic" in found.message


@pytest.mark.parametrize("upstream", ["http://127.0.0.1:8079", "http://10.0.0.7:8080", "http://books.internal:8080"])
def test_an_upstream_elsewhere_is_fine(upstream):
    assert find_contradiction(settings(upstream)) is None


def test_the_other_ports_are_no_upstream_either():
    found = find_contradiction(settings("http://127.0.0.1:8082"))
    assert found is not None and "listen.status" in found.message


def test_the_line_is_named(tmp_path):
    path = tmp_path / "firstclass.yaml"
    path.write_text("version: 1\nlisten:\n  traffic: 127.0.0.1:8080\n  status: 127.0.0.1:8080\n")
    with pytest.raises(FirstclassError) as caught:
        load_settings(path, environment={})
    assert caught.value.where is not None and caught.value.where.line == 4
    assert "127.0.0.1:8081" not in caught.value.hint, "the control port has that"


def test_a_place_that_only_the_environment_names_still_has_a_message(tmp_path):
    path = tmp_path / "firstclass.yaml"
    path.write_text("version: 1\n")
    with pytest.raises(FirstclassError) as caught:
        load_settings(path, environment={"FIRSTCLASS_LISTEN__STATUS": "127.0.0.1:8080"})
    assert caught.value.code == "listeners_clash" and caught.value.where is not None
