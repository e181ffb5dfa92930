"""What `init` adds where a contract says too little, and what `check` says of it."""

import json
import socket

import pytest

from firstclass.app.beginning import begin_project
from firstclass.app.checking import check_path
from firstclass.app.fixing import write_fixes
from firstclass.app.settings import load_settings
from firstclass.publish.contracts import compile_all

AWAY = "http://127.0.0.1:9"
OK = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}


def written(tmp_path, paths, **members):
    document = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "security": [], "paths": paths, **members}
    (tmp_path / "api.json").write_text(json.dumps(document))
    return tmp_path / "api.json"


def begun(contract, *, is_running=True):
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = f"http://127.0.0.1:{server.getsockname()[1]}" if is_running else AWAY
        begin_project(contract, upstream, None, contract.parent / "firstclass.yaml")
    loaded = load_settings(contract.parent / "firstclass.yaml", environment={})
    (compiled,) = compile_all(loaded.settings.apis, contract.parent)
    return compiled


def names(compiled):
    assert compiled.errors == ()
    return [operation["id"] for operation in compiled.compiled.document["operations"]]


SHARED = {
    "/a": {"get": {"operationId": "read", "responses": OK}, "put": {"operationId": "read", "responses": OK}},
    "/b": {"get": {"operationId": "read", "responses": OK}},
    "/c": {"get": {"operationId": "getB", "responses": OK}},
    "/d-e": {"get": {"responses": OK}},
    "/d/e": {"get": {"responses": OK}},
    "/f": {"get": {"operationId": "read it all", "responses": OK}},
}


@pytest.mark.parametrize("is_running", [False, True])
def test_operations_that_share_a_name_get_their_own(tmp_path, is_running):
    compiled = begun(written(tmp_path, SHARED), is_running=is_running)
    assert names(compiled) == ["read", "putA", "getB2", "getB", "getDE", "getDE2", "getF"]


def test_check_tells_of_shared_names_and_its_fixes_name_them_apart(tmp_path):
    checked = check_path(written(tmp_path, SHARED))
    assert [error.code for error in checked.errors].count("duplicate_operation_id") == 3
    (fixed,) = write_fixes(checked)
    assert fixed.errors_after == 0 and "each operation needs a name of its own" in fixed.overlay.read_text()
    assert set(fixed.observed) <= {"read", "putA", "getB2", "getB", "getDE", "getDE2", "getF"}


EMPTIED = {
    "/a": {
        "get": {
            "operationId": "a",
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}},
        }
    },
    "/b": {"post": {"operationId": "b", "responses": {"201": {"description": ""}, "302": {"description": ""}}}},
    "/c": {"get": {"operationId": "c", "responses": OK}},
}


def test_answers_of_an_api_with_callers_stay_as_they_are(tmp_path):
    compiled = begun(written(tmp_path, EMPTIED))
    first, second, third = compiled.compiled.document["operations"]
    assert not compiled.errors
    schemas = compiled.compiled.document["schemas"]
    root = schemas[first["responses"][0]["media"][0]["kind"]["json"]["schema"]]
    anything = schemas[root["additional"]]
    assert anything == {"additional": root["additional"], "items": root["additional"]}
    made, moved, elsewhere = second["responses"]
    assert [media["media_type"] for media in made["media"]] == ["*/*"] and moved["media"] == []
    assert [header["name"] for each in (made, moved) for header in each["headers"]] == ["location", "location"]
    assert third["responses"][0]["headers"] == []
    for undeclared in (elsewhere, first["responses"][1], third["responses"][1]):
        assert (undeclared["status"], undeclared["media"]) == ("3XX", []), "a redirect that nobody declared leads on"
        assert [header["name"] for header in undeclared["headers"]] == ["location"]
    assert (tmp_path / "policy.overlay.yaml").read_text().count("3XX") == 1, "one action for all"
    told = {
        harm.message for harm in check_path(tmp_path / "firstclass.yaml").harms if harm.code == "answer_of_anything"
    }
    assert told == {
        "the answer may hold any property that nobody declared: a",
        "the answer may be anything, and nobody looks into it: b",
    }


def test_answers_of_an_api_without_callers_are_not_opened(tmp_path):
    compiled = begun(written(tmp_path, EMPTIED), is_running=False)
    assert "Anything" not in (tmp_path / "policy.overlay.yaml").read_text()
    assert [response["media"] for response in compiled.compiled.document["operations"][1]["responses"]] == [[], []]


def test_a_swagger_is_written_in_its_own_words(tmp_path):
    schema = {"type": "object"}
    paths = {
        "/a": {
            "get": {
                "operationId": "a",
                "responses": {"200": {"description": "", "schema": schema}, "302": {"description": ""}},
            }
        }
    }
    contract = {
        "swagger": "2.0",
        "info": {"title": "A", "version": "1"},
        "produces": ["application/json"],
        "paths": paths,
    }
    (tmp_path / "api.json").write_text(json.dumps(contract))
    compiled = begun(tmp_path / "api.json")
    (operation,) = compiled.compiled.document["operations"]
    assert not compiled.errors
    assert (
        "additional"
        in compiled.compiled.document["schemas"][operation["responses"][0]["media"][0]["kind"]["json"]["schema"]]
    )
    assert [header["name"] for header in operation["responses"][1]["headers"]] == ["location"]


def test_check_tells_before_the_first_call_what_would_be_lost(tmp_path):
    warnings = {each.code: each for each in check_path(written(tmp_path, EMPTIED)).warnings}
    assert warnings["answer_emptied"].message == (
        "1 of 3 operations answers with objects that name no properties: what they hold is left out, in every mode: a"
    )
    assert warnings["answer_without_content"].message.startswith("1 of 3 operations declares successes without content")
    assert warnings["location_undeclared"].message.endswith("in every mode: b")
    assert all("firstclass init writes" in warnings[code].hint for code in ("answer_emptied", "location_undeclared"))
    begun(tmp_path / "api.json")
    after = {each.code for each in check_path(tmp_path / "firstclass.yaml").warnings}
    assert not after & {"answer_emptied", "answer_without_content", "location_undeclared"}


def cookies(responses):
    scheme = {"type": "apiKey", "in": "cookie", "name": "sid"}
    paths = {
        "/login": {"post": {"operationId": "login", "security": [], "responses": responses}},
        "/me": {"get": {"operationId": "me", "security": [{"c": []}], "responses": OK}},
    }
    return {"paths": paths, "components": {"securitySchemes": {"c": scheme}}}


def headers(operation):
    return {each["status"]: [header["name"] for header in each["headers"]] for each in operation["responses"]}


def test_a_cookie_that_the_api_checks_is_set_by_every_success_and_redirect(tmp_path):
    compiled = begun(written(tmp_path, **cookies(OK)))
    login, me = compiled.compiled.document["operations"]
    assert headers(login) == headers(me) == {"200": ["set-cookie"], "3XX": ["location", "set-cookie"]}
    assert "cookie_never_set" not in {each.code for each in check_path(tmp_path / "firstclass.yaml").warnings}


def test_check_tells_of_a_cookie_that_no_answer_can_set(tmp_path):
    contract = cookies(OK)
    contract["components"]["securitySchemes"]["c"]["x-firstclass"] = {"pass": "unchecked"}
    (warning,) = [
        each for each in check_path(written(tmp_path, **contract)).warnings if each.code == "cookie_never_set"
    ]
    assert "whose cookie (sid) the API checks itself" in warning.message and "Set-Cookie" in warning.hint
    ok = {"200": {**OK["200"], "headers": {"Set-Cookie": {"schema": {"type": "string"}}}}}
    contract["paths"]["/login"]["post"]["responses"] = ok
    codes = {each.code for each in check_path(written(tmp_path, **contract)).warnings}
    assert "cookie_never_set" not in codes


def test_successes_of_a_swagger_without_schema_keep_whatever_body_they_have(tmp_path):
    bare = {"description": ""}
    shared = {"200": {"$ref": "#/responses/Done"}, "default": bare}
    paths = {
        "/a": {"get": {"operationId": "a", "responses": {"200": bare, "404": bare}}},
        "/b": {"delete": {"operationId": "b", "responses": shared}},
    }
    contract = {
        "swagger": "2.0",
        "info": {"title": "A", "version": "1"},
        "produces": ["application/json"],
        "paths": paths,
        "responses": {"Done": bare},
    }
    (tmp_path / "api.json").write_text(json.dumps(contract))
    warnings = {each.code: each.message for each in check_path(tmp_path / "api.json").warnings}
    assert warnings["answer_without_content"].startswith("2 of 2 operations declare successes without content")
    compiled = begun(tmp_path / "api.json")
    assert not compiled.errors
    for operation in compiled.compiled.document["operations"]:
        first, second = operation["responses"][:2]
        assert [media["media_type"] for media in first["media"]] == ["*/*"] and second["media"] == []
    after = {each.code for each in check_path(tmp_path / "firstclass.yaml").warnings}
    assert "answer_without_content" not in after and "failure_without_content" in after


def test_check_counts_errors_whose_bodies_are_replaced(tmp_path):
    bare = {"description": ""}
    paths = {
        "/a": {"get": {"operationId": "a", "responses": {**OK, "404": bare}}},
        "/b": {"get": {"operationId": "b", "responses": {**OK, "422": OK["200"]}}},
        "/c": {"get": {"operationId": "c", "responses": {**OK, "4XX": OK["200"]}}},
    }
    warnings = {each.code: each.message for each in check_path(written(tmp_path, paths)).warnings}
    assert warnings["failure_without_content"] == (
        "1 of 3 operations declares errors without content: callers get an application/problem+json of the gateway's in"
        " place of the body that the API sends, in every mode: a"
    )
    assert warnings["failures_undeclared"] == (
        "1 of 3 operations declares no error status but 422: the bodies of the API's other errors are replaced, in"
        " every mode"
    )


def test_what_two_entries_share_is_told_once(tmp_path):
    written(tmp_path, EMPTIED)
    entry = "  - {name: %s, contract: api.json, upstream: 'http://127.0.0.1:9', base_path: /%s}\n"
    text = "version: 1\napis:\n" + entry % ("a", "a") + entry % ("b", "b")
    (tmp_path / "firstclass.yaml").write_text(text)
    codes = [each.code for each in check_path(tmp_path / "firstclass.yaml").warnings]
    assert codes and sorted(codes) == sorted(set(codes))
