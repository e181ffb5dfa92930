"""Fixes of many harms in one overlay."""

from firstclass.inventory import compose
from firstclass.inventory.harms import Action, Harm


def one(*actions, code="plain_http"):
    return Harm(code, "m", "f", 1, 1, "", tuple(actions), "", frozenset(), "")


def targets(*harms):
    return [action.target for action, _ in compose(harms).actions]


def test_an_action_stands_once():
    same = Action("$", {"a": 1})
    assert targets(one(same), one(same, Action("$.b", {"a": 1}))) == ["$", "$.b"]


def test_of_two_that_mend_one_security_the_stronger_stays():
    weak, strong = Action("$.a", {"s": 1}, slot="$.a", rank=1), Action("$.a", {"s": 2}, slot="$.a", rank=2)
    assert [a.update for a, _ in compose([one(weak), one(strong)]).actions] == [{"s": 2}]


def test_what_is_taken_away_goes_last_and_from_the_end():
    gone = [Action(f"$.l[{i}]", remove=True, is_last=True) for i in (0, 10, 2)]
    whole = Action("$.l", remove=True, is_last=True)
    inner = Action("$.l[?@.name=='a.b[c]']", remove=True, is_last=True)
    found = targets(one(whole, *gone, inner), one(Action("$.x", {})), one(Action("$", {})))
    assert found == ["$", "$.x", "$.l[10]", "$.l[2]", "$.l[0]", "$.l[?@.name=='a.b[c]']", "$.l"]


def test_replacing_keeps_its_order():
    taken, written = Action("$.e.enum", remove=True), Action("$.e", {"enum": ["a"]})
    assert targets(one(taken, written)) == ["$.e.enum", "$.e"]


def test_what_is_written_anew_at_the_root_is_taken_away_before():
    anew = [Action("$.schemes", remove=True), Action("$", {"schemes": ["https"]})]
    other = [
        Action("$", {"components": {}}),
        Action("$.paths['/a'].get.security", remove=True),
        Action("$.paths['/a'].get", {}),
    ]
    assert targets(one(*other), one(*anew)) == [
        "$.schemes",
        "$",
        "$",
        "$.paths['/a'].get.security",
        "$.paths['/a'].get",
    ]


def test_each_action_says_what_it_is_for():
    steps = [Action("$.e.enum", remove=True), Action("$.e", {"enum": ["a"]}), Action("$.f", {"enum": ["a"]})]
    assert compose([one(*steps)]).text.count("description: m") == len(steps)


def test_harms_that_no_overlay_mends_are_named():
    assert [harm.code for harm in compose([one(code="id_walkable")]).without] == ["id_walkable"]


def test_everything_at_once_compiles_and_leaves_nothing(audit_of, make):
    """All rules over one contract: no fix spoils another."""
    customer = {**make.things("name", "email", role={"type": "string"}), "additionalProperties": True}
    whole = {"$ref": "#/components/schemas/Customer"}
    number = {"name": "customerId", "in": "path", "required": True, "schema": {"type": "integer"}}
    key = {"name": "api_key", "in": "query", "schema": {"type": "string"}}
    sort = {"name": "sort", "in": "query", "schema": {"type": "string"}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    many = make.answer({"type": "array", "items": whole})
    paths = {
        "/login": {"post": {"security": [], "requestBody": make.takes(make.things("email", "password"))}},
        "/customers/{customerId}": {
            "parameters": [number],
            "get": {"parameters": [key], "responses": make.answer(whole)},
            "put": {"requestBody": make.takes(whole), "responses": make.answer(whole)},
        },
        "/customers": {"get": {"parameters": [key, sort, limit], "responses": many}},
        "/admin/wipe": {"post": {"parameters": [key], "requestBody": make.takes({})}},
        "/files": {"put": {"requestBody": {"content": {"image/png": {}}}}},
    }
    found = audit_of(paths, schemas={"Customer": customer}, servers=[{"url": "http://shop.example"}])
    assert len({harm.code for harm in found.audit.harms}) >= 12
    head = "overlay: 1.0.0\ninfo: {title: F, version: 1.0.0}\nactions:\n"
    after = audit_of(found.contract, head + compose(found.audit.harms).text)
    assert after.compiled.errors == ()
    # What was masked only now may be asked for by the sorting that was free before.
    assert {harm.code for harm in after.audit.harms} <= {"hidden_revealed"}
