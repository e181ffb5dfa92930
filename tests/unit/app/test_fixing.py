"""Fixes written as an overlay: what it holds, and what it never does."""

import json

import pytest

from firstclass.app.checking import check_path
from firstclass.app.fixing import write_fixes
from firstclass.model.errors import FirstclassError

TEXT = {"type": "string", "maxLength": 9}


def contract(**operation):
    whole = {"operationId": "a", "responses": {"204": {"description": ""}}, **operation}
    return {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"post": whole}}}


@pytest.fixture
def fixed(tmp_path):
    """The fixes of one contract, alone or in a configuration."""

    def run(whole, *, config=None):
        (tmp_path / "api.json").write_text(json.dumps(whole))
        path = tmp_path / "api.json"
        if config is not None:
            path = tmp_path / "firstclass.yaml"
            entry = {"name": "shop", "contract": "api.json", "upstream": "http://127.0.0.1:9", **config}
            path.write_text(json.dumps({"version": 1, "apis": [entry]}))
        return write_fixes(check_path(path))

    return run


def test_the_overlay_lies_beside_and_says_what_it_is(fixed, tmp_path):
    (one,) = fixed(contract(security=[]))
    assert one.overlay == tmp_path / "api.fixes.overlay.yaml" and one.line == ""
    text = one.overlay.read_text()
    assert "concluded from names" in text and "observe" in text
    assert (one.harms_before, one.harms_after, one.errors_after) == (1, 0, 0)


def test_it_is_named_for_the_api_of_a_configuration(fixed, tmp_path):
    (tmp_path / "mine.yaml").write_text("overlay: 1.0.0\nactions: [{target: $.info, update: {}}]\n")
    (one,) = fixed(contract(security=[]), config={"overlays": ["mine.yaml"], "mode": "observe"})
    assert one.overlay.name == "shop.fixes.overlay.yaml"
    assert one.line == "overlays: [mine.yaml, shop.fixes.overlay.yaml]" and one.is_observed


def modes(tmp_path, **config):
    """The mode of every operation, with the overlay of the fixes listed."""
    entry = {"name": "shop", "contract": "api.json", "upstream": "http://127.0.0.1:9", **config}
    entry["overlays"] = ["shop.fixes.overlay.yaml"]
    (tmp_path / "firstclass.yaml").write_text(json.dumps({"version": 1, "apis": [entry]}))
    (api,) = check_path(tmp_path / "firstclass.yaml").apis
    return [operation["mode"] for operation in api.result.compiled.document["operations"]]


@pytest.mark.parametrize(
    ("config", "is_observed", "has_mode", "mode"),
    [
        ({}, True, False, "observe"),
        ({"mode": "observe"}, True, True, "observe"),
        ({"mode": "enforce"}, False, True, "enforce"),
        ({"mode": {"default": "enforce"}}, False, True, "enforce"),
    ],
)
def test_it_starts_in_observe_unless_the_file_says_otherwise(fixed, tmp_path, config, is_observed, has_mode, mode):
    (one,) = fixed(contract(security=[]), config=config)
    assert "- target: $\n" in one.overlay.read_text() and "{a: observe}" in one.overlay.read_text()
    assert (one.is_observed, one.has_mode) == (is_observed, has_mode)
    assert modes(tmp_path, **config) == [mode]


@pytest.mark.parametrize(
    ("said", "others"), [(None, "enforce"), ("enforce", "enforce"), ("1%", 100), ({"bodies": "enforce"}, "enforce")]
)
def test_what_no_fix_is_about_is_not_relaxed(fixed, tmp_path, said, others):
    key = {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    whole = {**contract(security=[]), "components": key}
    sound = {"operationId": "b", "security": [{"k": []}], "responses": {"204": {"description": ""}}}
    whole["paths"]["/b"] = {"post": sound}
    if said is not None:
        whole["x-firstclass"] = {"mode": said}
    (one,) = fixed(whole, config={})
    assert one.observed == ("a",) and modes(tmp_path) == ["observe", others]
    assert modes(tmp_path, mode="enforce") == ["enforce", "enforce"]


def test_an_operation_that_a_fix_takes_away_ends_no_observing_of_the_others(fixed, tmp_path):
    whole = contract(security=[])
    gone = {"operationId": "gone", "security": [], "responses": {"204": {"description": ""}}}
    whole["paths"] |= {"/admin/a": {"get": gone}, "/b": {"get": {**gone, "operationId": "b"}}}
    (one,) = fixed(whole, config={})
    assert one.is_observed and one.observed == ("a", "b") and one.errors_after == 0
    assert modes(tmp_path) == ["observe", "observe"]


def test_schemes_of_swagger_are_replaced_and_not_lost(fixed, tmp_path):
    whole = {"swagger": "2.0", "info": {"title": "A", "version": "1"}, "host": "a.example.com", "schemes": ["http"]}
    key = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    whole |= {"paths": contract(security=[{}])["paths"], "securityDefinitions": key}
    (one,) = fixed(whole, config={})
    assert one.harms_after == 0
    (tmp_path / "firstclass.yaml").write_text(
        json.dumps(
            {
                "version": 1,
                "apis": [
                    {
                        "name": "shop",
                        "contract": "api.json",
                        "upstream": "http://127.0.0.1:9",
                        "overlays": [one.overlay.name],
                    }
                ],
            }
        )
    )
    (api,) = check_path(tmp_path / "firstclass.yaml").apis
    assert api.result.compiled.contract["servers"] == [{"url": "https://a.example.com"}]
    assert api.result.compiled.lowered.written.find("schemes").plain() == ["https"]


def test_nothing_to_fix_writes_nothing(fixed, tmp_path):
    key = {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    assert fixed({**contract(security=[{"k": []}]), "components": key}) == []
    assert list(tmp_path.glob("*.overlay.yaml")) == []


def test_what_is_there_stays(fixed, tmp_path):
    (tmp_path / "api.fixes.overlay.yaml").write_text("mine")
    with pytest.raises(FirstclassError) as caught:
        fixed(contract(security=[]))
    assert caught.value.code == "file_exists" and (tmp_path / "api.fixes.overlay.yaml").read_text() == "mine"


def test_a_pattern_that_cannot_be_held_is_waived(fixed):
    body = {"content": {"application/json": {"schema": {"type": "string", "pattern": "(a)\\1", "maxLength": 5}}}}
    (one,) = fixed(contract(security=[], requestBody=body))
    assert "pattern: unchecked" in one.overlay.read_text() and one.errors_after == 0


@pytest.mark.parametrize("mark", ["\x0b", "\x85", "\u2028", "\u2029", "\x1b", "\n", "\x7f", "\U000e0001"])
def test_a_name_with_any_character_is_fixed(fixed, mark):
    properties = {f"r{mark}ole": TEXT, f"pass{mark}word password": TEXT, f"mail{mark} email": TEXT, "role": TEXT}
    schema = {"type": "object", "properties": properties}
    body = {"content": {"application/json": {"schema": {**schema, "additionalProperties": True}}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    (one,) = fixed(contract(security=[], requestBody=body, responses=answer))
    assert all(line.isprintable() for line in one.overlay.read_text().split("\n"))
    assert one.harms_after < one.harms_before and one.errors_after == 0


def test_errors_that_need_a_person_are_counted(fixed):
    (one,) = fixed(contract(security=[], parameters=[{"name": "x", "in": "nowhere", "schema": TEXT}]))
    assert one.errors_after == 1 and one.harms_after == 0


def test_harms_that_no_overlay_mends_are_named(fixed, tmp_path):
    (tmp_path / "shared.json").write_text(json.dumps({"A": {"type": "object", "properties": {"email": TEXT}}}))
    schema = {"schema": {"$ref": "shared.json#/A"}}
    answer = {"200": {"description": "", "content": {"application/json": schema}}}
    (one,) = fixed(contract(security=[], responses=answer))
    assert [harm.code for harm in one.without] == ["classified_unmasked"] and one.harms_after == 1
    assert one.as_json()["without"][0]["file"] == "shared.json"


def test_the_grade_with_the_fixes_comes_with_where_nobody_can_sign_in_then(tmp_path):
    """A grade that rises because callers are locked out is no good news."""
    from firstclass.cli.check_text import report

    get = "{operationId: a, security: [{who: []}], responses: {'200': {description: '', content: {application/json:"
    get += " {schema: {type: object, properties: {email: {type: string}}}}}}}}"
    (tmp_path / "a.yaml").write_text(
        f"openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\npaths: {{/a: {{get: {get}}}}}\n"
        "components: {securitySchemes: {who: {type: http, scheme: bearer}}}\n"
    )
    config = tmp_path / "firstclass.yaml"
    config.write_text("version: 1\napis: [{name: a, contract: a.yaml, upstream: 'http://127.0.0.1:9'}]\n")
    checked = check_path(config)
    assert list(report(checked))[-1].endswith("; at 1 operation nobody can sign in")
    (one,) = write_fixes(checked)
    assert one.shut_after == 1 and one.grade_after <= checked.grade
    assert one.as_json()["shut_after"] == 1
