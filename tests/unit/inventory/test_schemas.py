"""The table of schemas, walked."""


def table_of(audit_of, make, schema, **schemas):
    found = audit_of({"/a": {"get": {"operationId": "a", "responses": make.answer(schema)}}}, schemas=schemas)
    operation = found.compiled.lowered.document["operations"][0]
    return found.facts.table, operation["responses"][0]["media"][0]["kind"]["json"]["schema"], found.facts


def test_types_go_through_references_and_combinations(audit_of, make):
    one = {"allOf": [{"$ref": "#/components/schemas/A"}, {"maxLength": 3}]}
    table, index, _ = table_of(audit_of, make, one, A={"type": ["string", "null"]})
    assert table.types(index) == {"string", "null"} and table.find(index, "max_length") == 3
    table, index, _ = table_of(audit_of, make, {"oneOf": [{"type": "string"}, {"type": "integer"}]})
    assert table.types(index) == {"string", "integer"}
    table, index, _ = table_of(audit_of, make, {"anyOf": [{"type": "string"}, {}]})
    assert table.types(index) is None
    table, index, _ = table_of(audit_of, make, {"properties": {"a": {}}})
    assert table.types(index) is None and table.kinds(index) == {"object"}


def test_a_schema_that_leads_to_itself_ends(audit_of, make):
    node = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/N"}}}
    table, index, facts = table_of(audit_of, make, {"$ref": "#/components/schemas/N"}, N=node)
    assert [field.name for field in table.fields(facts.given)] == ["name", "next"]
    assert index in table.objects(index)


def test_nothing_is_reached_behind_a_mask(audit_of, make):
    hidden = {**make.things("inside"), "x-data-classification": {"category": "contact"}}
    table, _, facts = table_of(audit_of, make, make.things("outside", hidden=hidden))
    assert {field.name for field in table.fields(facts.given)} == {"outside", "hidden"}
    masked = [field for field in table.fields(facts.given) if table.is_masked(field.schema)]
    assert [field.name for field in masked] == ["hidden"]


def test_an_object_goes_by_its_component_or_its_property(audit_of, make):
    inner = {"type": "array", "items": make.things("street")}
    table, _, facts = table_of(
        audit_of, make, {"$ref": "#/components/schemas/BigCustomer"}, BigCustomer=make.things("a", homes=inner)
    )
    assert {field.name: field.about for field in table.fields(facts.given)} == {
        "a": ("big", "customer"),
        "homes": ("big", "customer"),
        "street": ("homes",),
    }
