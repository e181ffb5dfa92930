"""What answers lose because nothing describes it, and that what is written for it keeps it."""

from firstclass.inventory.emptied import (
    declare_anything,
    declare_redirects,
    find_bare_failures,
    find_emptied,
    is_anything,
    own_cookies,
    sets_cookies,
)

ANYTHING = {"$ref": "#/components/schemas/Anything"}
SHAPES = {
    "closed": {"type": "object", "properties": {"a": {"type": "string"}}},
    "text": {"type": "string"},
    "worded": {"pattern": "^a$"},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "both": {"allOf": [{"type": "object"}, {"properties": {"x": {"type": "integer"}}}]},
    "texts": {"type": "array", "items": {"type": "string"}},
    "free": {"type": "object"},
    "nullable": {"type": ["object", "null"]},
    "either": {"anyOf": [{"type": "string"}, {"type": "object"}]},
    "untyped": {"description": "?"},
    "shallow": {"type": "object", "additionalProperties": True},
    "list": {"type": "array"},
    "frees": {"type": "array", "items": {"type": "object"}},
    "yes": True,
}
OPENED = {
    "free": {"additionalProperties": ANYTHING},
    "nullable": {"additionalProperties": ANYTHING},
    "either": {"additionalProperties": ANYTHING},
    "untyped": {"additionalProperties": ANYTHING, "items": ANYTHING},
    "shallow": {"additionalProperties": ANYTHING},
    "list": {"items": ANYTHING},
    "frees.items": {"additionalProperties": ANYTHING},
}


def found(audit_of, responses, **more):
    whole = audit_of({"/a": {"get": {"operationId": "a", "responses": responses}}}, **more)
    return whole, find_emptied(whole.facts)


def test_what_names_nothing_loses_its_members_and_what_names_anything_does_not(audit_of, make):
    schema = {"type": "object", "properties": SHAPES}
    whole, every = found(audit_of, make.answer(schema))
    targets = {a.target.partition(".schema.properties")[2]: a.update for each in every for a in each.actions}
    assert targets == {**{f".{name}": update for name, update in OPENED.items()}, "": {"yes": ANYTHING}}
    assert not whole.compiled.errors
    kinds = {each.node.pointer.rpartition("/properties/")[2]: each.kind for each in every}
    assert {name for name, kind in kinds.items() if kind != "members"} == {"shallow/additionalProperties"}
    assert kinds["shallow/additionalProperties"] == "depths", "texts and numbers in it leave"


def test_once_it_is_written_nothing_is_lost_any_more(audit_of, make):
    whole, every = found(audit_of, make.answer({"type": "object", "properties": SHAPES}))
    actions = [declare_anything(whole.facts), *(action for each in every for action in each.actions)]
    text = "overlay: 1.0.0\ninfo: {title: A, version: 1.0.0}\nactions:\n" + "".join(action.text() for action in actions)
    after = audit_of(whole.contract, text)
    assert not after.compiled.errors and find_emptied(after.facts) == []
    schemas = after.facts.table.schemas
    assert sum(is_anything(schemas, index) for index in range(len(schemas))) == 1
    told = after.of("answer_of_anything")
    assert len(told) >= 7 and all("until then anything may leave" in each.fix for each in told)


def test_a_name_that_the_contract_has_is_not_written_over(audit_of, make):
    whole, _ = found(audit_of, make.answer(ANYTHING), schemas={"Anything": {"type": "object"}})
    assert list(declare_anything(whole.facts).update["components"]["schemas"]) == ["Anything2"]


def test_successes_without_content_and_redirects_without_location_are_found(audit_of):
    bare = {"description": ""}
    located = {"description": "", "headers": {"location": {"schema": {"type": "string"}}}}
    responses = {
        "200": bare,
        "201": located,
        "204": bare,
        "302": bare,
        "304": bare,
        "307": located,
        "404": bare,
        "default": bare,
    }
    _, every = found(audit_of, responses)
    places = [(each.kind, each.node.pointer.rpartition("/")[2]) for each in every]
    assert places == [("bodies", "200"), ("bodies", "201"), ("locations", "302")]
    _, every = found(audit_of, {"default": bare})
    assert [each.kind for each in every] == ["bodies"], "default stands for the success where there is no other"


def test_json_without_a_schema_loses_everything(audit_of):
    _, (only,) = found(audit_of, {"200": {"description": "", "content": {"application/json": {}}}})
    assert only.actions[0].update == {"schema": ANYTHING} and only.actions[0].target.endswith("['application/json']")


SID = {"sid": {"type": "apiKey", "in": "cookie", "name": "sid", "x-firstclass": {"pass": "unchecked"}}}


def test_a_cookie_that_the_api_checks_is_kept_in_every_success_and_redirect(audit_of):
    bare, set_too = {"description": ""}, {"description": "", "headers": {"set-cookie": {"schema": {"type": "string"}}}}
    responses = {"200": bare, "204": bare, "302": bare, "303": set_too, "304": bare, "401": bare, "default": bare}
    contract = {"/a": {"get": {"operationId": "a", "security": [{"sid": []}], "responses": responses}}}
    facts = audit_of(contract, components={"securitySchemes": SID}, security=None).facts
    kept = [each.node.pointer.rpartition("/")[2] for each in find_emptied(facts) if each.kind == "cookies"]
    assert kept == ["200", "204", "302"] and own_cookies(facts) == ["sid"] and sets_cookies(facts)
    (redirects,) = declare_redirects(facts)
    assert list(redirects.update["3XX"]["headers"]) == ["Location", "Set-Cookie"]


def test_redirects_that_are_declared_for_all_stay_as_they_are(audit_of):
    class_of = {"operationId": "a", "responses": {"3XX": {"description": ""}}}
    other = {"operationId": "b", "responses": {"302": {"description": ""}}}
    facts = audit_of({"/a": {"get": class_of, "put": other}}).facts
    assert [action.target for action in declare_redirects(facts)] == ["$.paths['/a'].put.responses"]
    assert declare_redirects(audit_of({"/a": {"get": class_of}}).facts) == []


def test_failures_without_content_are_found(audit_of):
    bare = {"description": ""}
    whole, _ = found(audit_of, {"200": bare, "404": bare, "5XX": bare, "default": bare, "409": make_text()})
    assert [node.pointer.rpartition("/")[2] for node, _ in find_bare_failures(whole.facts)] == ["404", "5XX", "default"]


def make_text():
    return {"description": "", "content": {"text/plain": {}}}
