"""The documents that a JSON Patch changes: which of them the engine is told to hold it against."""

HIDDEN = {"type": "string", "x-data-classification": {"category": "contact", "masking": {"strategy": "full"}}}


def _person(**properties):
    return {"type": "object", "properties": properties}


def _api(make, shown):
    """A path whose GET answers with `shown`, and whose PATCH takes a JSON Patch."""
    change = {"type": "array", "items": _person(op={}, path={"type": "string"}, value={})}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": shown}}}}
    get = {"operationId": "get", "security": [], "responses": answer}
    body = {"content": {"application/json-patch+json": {"schema": change}}}
    patch = {"operationId": "put", "security": [], "requestBody": body, "responses": {"204": {"description": ""}}}
    return make.base(paths={"/a": {"get": get, "patch": patch}})


def test_a_json_patch_is_held_against_the_documents_of_its_path(sound, make):
    hidden = _person(phone=HIDDEN)
    contract = _api(make, hidden)
    document = sound(contract)
    (patched,) = document["operations"][1]["body"]["patched"]
    (name, member) = document["schemas"][patched["schema"]]["properties"][0]
    assert name == "phone" and "mask" in document["schemas"][member]
    assert {"json-patch", "write-back"} <= set(document["requires"])


def test_a_json_patch_is_told_what_answers_show_where_nothing_is_hidden_too(sound, make):
    contract = _api(make, _person(phone={"type": "string"}))
    document = sound(contract)
    (shown,) = document["operations"][1]["body"]["patched"]
    assert shown["shown"] is True and "json-patch" in document["requires"]
    merge = {"schema": _person(pin={"type": "string"})}
    contract["paths"]["/a"]["patch"]["requestBody"]["content"]["application/merge-patch+json"] = merge
    patched = sound(contract)["operations"][1]["body"]["patched"]
    assert sorted(each.get("shown", False) for each in patched) == [False, True]
    del (
        contract["paths"]["/a"]["get"],
        contract["paths"]["/a"]["patch"]["requestBody"]["content"]["application/merge-patch+json"],
    )
    assert "patched" not in sound(contract)["operations"][0]["body"]


def test_a_json_patch_is_held_against_owners_and_what_is_wrapped(sound, make):
    owned = _person(by={"type": "string", "x-firstclass": {"object": "case", "owner": "subject"}})
    for shown in (owned, _person(data=owned)):
        contract = _api(make, shown)
        contract["components"] = {"securitySchemes": {"person": {"type": "http", "scheme": "bearer"}}}
        for operation in contract["paths"]["/a"].values():
            operation["security"] = [{"person": []}]
        document = sound(contract)
        assert "json-patch" in document["requires"]
        schemas = [document["schemas"][each["schema"]] for each in document["operations"][1]["body"]["patched"]]
        members = [document["schemas"][index] for schema in schemas for _, index in schema.get("properties", ())]
        assert [member for member in members if member.get("owner")]
