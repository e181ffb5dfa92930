"""OpenAPI Overlay 1.0 and 1.1."""

import pytest


def _overlay(*actions, version="1.0.0"):
    return {"overlay": version, "info": {"title": "o", "version": "1"}, "actions": list(actions)}


KEY = {"components": {"securitySchemes": {"app": {"type": "apiKey", "in": "header", "name": "X-App-Key"}}}}


def test_an_update_merges_objects_and_appends_to_arrays(compiled, make):
    tags = {"target": "$.paths['/a'].get", "update": {"tags": ["two"], "summary": "new"}}
    contract = make.base()
    contract["paths"]["/a"]["get"]["tags"] = ["one"]
    result = compiled(contract, _overlay(tags))
    operation = result.contract["paths"]["/a"]["get"]
    assert (operation["tags"], operation["summary"], operation["operationId"]) == (["one", "two"], "new", "getA")


def test_a_target_that_is_an_array_gets_one_more_item(compiled, make):
    contract = make.base(tags=[{"name": "a"}])
    result = compiled(contract, _overlay({"target": "$.tags", "update": {"name": "b"}}))
    assert [tag["name"] for tag in result.contract["tags"]] == ["a", "b"]


def test_remove_takes_away_and_wins_over_update(compiled, make):
    contract = make.base(tags=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    action = {"target": "$.tags[?@.name != 'b']", "remove": True, "update": {"x-y": 1}}
    assert compiled(contract, _overlay(action)).contract["tags"] == [{"name": "b"}]


def test_a_public_api_can_be_closed_by_an_overlay(sound, make):
    contract = make.base()
    del contract["paths"]["/a"]["get"]["security"]
    action = {"target": "$", "update": {"security": [{"app": []}], **KEY}}
    document = sound(contract, _overlay(action))
    assert document["schemes"] == [{"kind": "key", "name": "app", "header": "x-app-key"}]


def test_an_update_that_adds_an_alternative_to_security_is_refused(compiled, make):
    contract = make.base(security=[{"app": []}], **KEY)
    result = compiled(contract, _overlay({"target": "$", "update": {"security": [{"other": []}]}}))
    assert result.errors[0].code == "overlay_opens_security"
    assert "remove" in result.errors[0].hint
    assert result.errors[0].file == "overlay0.yaml"


def test_appending_to_the_security_array_itself_is_refused_too(codes, make):
    contract = make.operation(security=[{"app": []}])
    contract.update(KEY)
    action = {"target": "$.paths['/a'].post.security", "update": {"other": []}}
    assert "overlay_opens_security" in codes(contract, _overlay(action))


@pytest.mark.parametrize("place", [("query",), ("additionalOperations", "COPY")])
def test_the_methods_of_openapi_3_2_are_not_opened_either(codes, make, place):
    operation = {"operationId": "a", "security": [{"app": []}], "responses": {"204": {"description": ""}}}
    item = {place[0]: operation if len(place) == 1 else {place[1]: operation}}
    contract = {**make.base("3.2.0", paths={"/a": item}), **KEY}
    action = {"target": "$.paths['/a']." + ".".join(place), "update": {"security": [{"other": []}]}}
    assert "overlay_opens_security" in codes(contract, _overlay(action))


def test_a_removed_security_can_be_written_anew(sound, make):
    contract = {**make.operation(security=[{"old": []}]), **KEY}
    target = "$.paths['/a'].post"
    actions = [
        {"target": target + ".security", "remove": True},
        {"target": target, "update": {"security": [{"app": []}]}},
    ]
    assert sound(contract, _overlay(*actions))["schemes"][0]["name"] == "app"


def test_a_requirement_added_to_an_alternative_tightens_and_passes(sound, make):
    contract = {**make.operation(security=[{"app": []}]), **KEY}
    person = {"components": {"securitySchemes": {"person": {"type": "http", "scheme": "bearer"}}}}
    actions = [
        {"target": "$", "update": person},
        {"target": "$.paths['/a'].post.security[0]", "update": {"person": []}},
    ]
    access = sound(contract, _overlay(*actions))["operations"][0]["access"]
    assert [len(alternative) for alternative in access["any_of"]] == [2]


def test_errors_in_what_an_overlay_wrote_stand_in_the_overlay(compiled, make):
    head = "overlay: 1.0.0\ninfo: {title: o, version: '1'}\n"
    text = head + "actions:\n- target: $.paths['/a'].get\n  update:\n    x-firstclass: {rates: x}\n"
    error = compiled(make.base(), text).errors[0]
    assert (error.file, error.line, error.code) == ("overlay0.yaml", 6, "unknown_keyword")


def test_an_owner_that_nobody_can_be_is_told_where_the_overlay_says_it(compiled, make):
    schema = {"type": "integer"}
    contract = make.operation(
        path="/a/{id}", parameters=[{"name": "id", "in": "path", "required": True, "schema": schema}]
    )
    head = "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions:\n- target: $.paths['/a/{id}'].post.parameters[0]\n"
    error = compiled(contract, head + "  update:\n    x-firstclass:\n      owner: token.sub\n").errors[0]
    assert (error.code, error.file, error.line) == ("subject_unknown", "overlay0.yaml", 7)


def test_overlays_apply_in_order(compiled, make):
    first = _overlay({"target": "$.paths['/a'].get", "update": {"summary": "one"}})
    second = _overlay({"target": "$.paths['/a'].get[?@ == 'one']", "remove": True})
    assert "summary" not in compiled(make.base(), first, second).contract["paths"]["/a"]["get"]


@pytest.mark.parametrize(
    ("overlay", "code"),
    [
        (_overlay({"target": "$.paths['/b']", "update": {}}), "overlay_target_unmatched"),
        (_overlay({"target": "$.paths[", "update": {}}), "overlay_invalid"),
        (_overlay({"target": "paths", "update": {}}), "overlay_invalid"),
        (_overlay({"target": "$..[?search(@.a, 3", "update": {}}), "overlay_invalid"),
        (_overlay({"target": "$", "remove": True}), "overlay_invalid"),
        (_overlay({"target": "$", "remove": "yes"}), "overlay_invalid"),
        (_overlay({"target": "$"}), "overlay_invalid"),
        (_overlay({"update": {}}), "overlay_invalid"),
        (_overlay({"target": "$.info.title", "update": {"a": 1}}), "overlay_invalid"),
        (_overlay({"target": "$.info", "update": "x"}), "overlay_invalid"),
        (_overlay({"target": "$", "updates": {}, "update": {}}), "unknown_key"),
        (_overlay({"target": "$", "update": {}}, version="2.0.0"), "overlay_invalid"),
        ({"overlay": "1.0.0"}, "overlay_invalid"),
        ({"overlay": "1.0.0", "actions": {}}, "wrong_type"),
        ("- a", "wrong_type"),
        ("a: [", "syntax_error"),
    ],
)
def test_what_an_overlay_cannot_mean_is_an_error(codes, make, overlay, code):
    assert code in codes(make.base(), overlay)


def test_an_overlay_that_multiplies_itself_is_stopped(codes, make):
    nest = {"target": "$..*", "update": {"x-a": {"x-b": {}}}}
    assert codes(make.base(), _overlay(*[nest] * 40))


def test_references_in_an_overlay_are_relative_to_the_contract(sound, make):
    overlay = _overlay({"target": "$.paths['/a'].get.responses", "update": {"404": {"$ref": "parts.yaml#/Gone"}}})
    document = sound(make.base(), overlay, files={"parts.yaml": {"Gone": {"description": ""}}})
    assert [r["status"] for r in document["operations"][0]["responses"]] == ["204", "404"]


class TestOverlay11:
    def _applied(self, compiled, contract, *actions):
        return compiled(contract, _overlay(*actions, version="1.1.0"))

    def test_copy_merges_one_node_of_the_contract_into_another(self, compiled, make):
        contract = {**make.base(), "components": {"schemas": {"A": {"type": "object", "required": ["a"]}, "B": {}}}}
        contract["components"]["schemas"]["B"] = {"required": ["b"]}
        action = {"target": "$.components.schemas.B", "copy": "$.components.schemas.A", "description": "As A."}
        result = self._applied(compiled, contract, action)
        assert not result.errors
        assert result.contract["components"]["schemas"]["B"] == {"type": "object", "required": ["b", "a"]}

    def test_a_path_is_moved_by_update_copy_and_remove(self, compiled, make):
        actions = (
            {"target": "$.paths", "update": {"/b": {}}},
            {"target": "$.paths['/b']", "copy": "$.paths['/a']"},
            {"target": "$.paths['/a']", "remove": True},
        )
        result = self._applied(compiled, make.base(), *actions)
        assert not result.errors and [p["template"] for p in result.document["paths"]] == ["/b"]

    def test_a_primitive_is_replaced(self, compiled, make):
        result = self._applied(compiled, make.base(), {"target": "$.info.title", "update": "New"})
        assert result.title == "New"
        assert [e.code for e in compiled(make.base(), _overlay({"target": "$.info.title", "update": "New"})).errors]

    @pytest.mark.parametrize(
        "action",
        [
            {"target": "$.info", "copy": "$.nothing"},
            {"target": "$.info", "copy": "$.info.*"},
            {"target": "$.info", "copy": 1},
            {"target": "$.info", "copy": "$.info", "update": {}},
            {"target": "$.info", "copy": "$.info.title"},
        ],
    )
    def test_a_copy_that_means_nothing_is_an_error(self, compiled, make, action):
        assert self._applied(compiled, make.base(), action).errors

    def test_a_copy_opens_no_more_than_an_update(self, compiled, make):
        contract = make.base(security=[{"app": []}])
        contract["paths"]["/a"]["get"]["security"] = [{"other": []}]
        contract["components"] = {"securitySchemes": {"app": KEY["components"]["securitySchemes"]["app"]}}
        action = {"target": "$.paths['/a'].get.security", "copy": "$.security"}
        assert "overlay_opens_security" in [e.code for e in self._applied(compiled, contract, action).errors]

    def test_version_1_0_knows_no_copy(self, compiled, make):
        errors = compiled(make.base(), _overlay({"target": "$.info", "copy": "$.info"})).errors
        assert errors[0].code == ("unknown_key")
