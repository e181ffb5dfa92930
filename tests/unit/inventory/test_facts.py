"""A contract as the rules look at it."""


def test_who_gets_in(audit_of):
    paths = {
        "/open": {"get": {"security": []}},
        "/key": {"get": {}},
        "/either": {"get": {"security": [{"apiKey": []}, {}]}},
        "/broken": {"get": {"security": [{"nobody": []}]}},
    }
    entries = [operation.entry for operation in audit_of(paths).facts.operations]
    assert entries == ["open", "closed", "open", "unclear"]
    assert [o.entry for o in audit_of({"/a": {"get": {}}}, security=None).facts.operations] == ["unsaid"]


def test_schemas_know_the_operations_that_lead_to_them(audit_of, make):
    whole = {"$ref": "#/components/schemas/A"}
    paths = {
        "/a": {"get": {"responses": make.answer(whole)}},
        "/b": {"post": {"requestBody": make.takes(whole)}},
        "/c": {"get": {}},
    }
    facts = audit_of(paths, schemas={"A": make.things("x", inner={"$ref": "#/components/schemas/A"})}).facts
    index = next(i for i, s in enumerate(facts.table.schemas) if "properties" in s and facts.given[i])
    assert [o.template for o in facts.named(facts.given[index])] == ["/a"]
    index = next(i for i, s in enumerate(facts.table.schemas) if "properties" in s and facts.taken[i])
    assert [o.template for o in facts.named(facts.taken[index])] == ["/b"]


def test_parameters_keep_the_name_of_the_contract(audit_of):
    header = {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}
    facts = audit_of({"/a": {"get": {"parameters": [header]}}}).facts
    assert [(p.name, p.place) for p in facts.parameters] == [("X-Trace", "header")]
    assert facts.parameters_of(facts.operations[0]) == facts.parameters
