"""Masks of requests, the feature that they ask for, and PUTs whose callers cannot know what they must write."""

import pytest


def _classified(category="contact", strategy="full", **more):
    masking = {"strategy": strategy, **({"keep": "last-2"} if strategy == "partial" else {})}
    return {"type": "string", "x-data-classification": {"category": category, "masking": masking}, **more}


def _person(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def _body(schema, media_type="application/json"):
    return {"content": {media_type: {"schema": schema}}}


def _api(make, read, write, method="put", media_type="application/json"):
    """A path whose GET answers with `read`, and whose other method takes `write`."""
    done = {"responses": {"204": {"description": ""}}, "security": []}
    get = {"operationId": "get", "security": [], "responses": {"200": {"description": "", **_body(read)}}}
    put = {"operationId": "put", "requestBody": _body(write, media_type), **done}
    return make.base(paths={"/a": {"get": get, method: put}})


def _warnings(compiled, contract, code="masked_write_back"):
    result = compiled(contract)
    assert not result.errors
    return [w for w in result.warnings if w.code == code]


def test_a_request_carries_the_masks_that_can_come_back(sound, make):
    read = _person(phone=_classified(), card=_classified("financial", "remove"), pin=_classified(writeOnly=True))
    document = sound(make.schema(read))
    root = document["operations"][0]["body"]["media"][0]["kind"]["json"]["schema"]
    members = {name: document["schemas"][index] for name, index in document["schemas"][root]["properties"]}
    assert [name for name, node in members.items() if "mask" in node] == ["phone"]
    assert "write-back" in document["requires"]


def test_a_contract_that_takes_nothing_masked_asks_for_no_guard(sound, make):
    for write in (_person(phone={"type": "string"}), _person(phone=_classified(strategy="remove"))):
        assert "write-back" not in sound(_api(make, _person(phone=_classified()), write))["requires"]


@pytest.mark.parametrize("strategy", ["full", "partial", "hash", "remove"])
def test_a_put_that_replaces_what_is_read_masked_is_told(compiled, make, strategy):
    person = _person(("phone",), id={"type": "integer"}, phone=_classified(strategy=strategy))
    (warning,) = _warnings(compiled, _api(make, person, person))
    assert "callers of put must write phone, which they read masked" in warning.message
    assert "application/merge-patch+json" in warning.hint and "unmask contact" in warning.hint
    assert warning.pointer == "/paths/~1a/put/requestBody"


def test_a_merge_patch_that_is_there_is_named(compiled, make):
    person = _person(phone=_classified())
    contract = _api(make, person, person)
    patch = {**contract["paths"]["/a"]["put"], "operationId": "amend"}
    contract["paths"]["/a"]["patch"] = {**patch, "requestBody": _body(person, "application/merge-patch+json")}
    (warning,) = _warnings(compiled, contract)
    assert warning.hint.startswith("callers can use amend instead, where masked members are left out")
    contract["paths"]["/a"]["patch"] = {**patch, "requestBody": _body(person)}
    (warning,) = _warnings(compiled, contract)
    assert warning.hint.startswith("declare a PATCH with application/merge-patch+json")


def test_a_schema_of_its_own_for_writing_is_compared_with_what_is_read(compiled, make):
    plain = _person(
        home=_person(phone={"type": "string"}), list={"type": "array", "items": _person(x={"type": "string"})}
    )
    hidden = _person(
        home=_person(phone=_classified()), list={"type": "array", "items": _person(x=_classified("other"))}
    )
    (warning,) = _warnings(compiled, _api(make, hidden, plain))
    assert "callers of put replace home.phone, list.*.x, which" in warning.message
    assert "unmask contact, other for who writes" in warning.hint


def test_through_references_and_combinations(compiled, make):
    contract = _api(
        make, {"$ref": "#/components/schemas/P"}, {"allOf": [{"$ref": "#/components/schemas/P"}, _person(x={})]}
    )
    contract["components"] = {"schemas": {"P": _person(self={"$ref": "#/components/schemas/P"}, phone=_classified())}}
    (warning,) = _warnings(compiled, contract)
    assert "phone, self.phone, self.self.phone" in warning.message and ", …" in warning.message


@pytest.mark.parametrize("method", ["put", "patch", "post"])
def test_a_body_that_does_not_classify_what_is_read_masked_is_told(compiled, make, method):
    hidden, plain = _person(phone=_classified(strategy="partial")), _person(phone={"type": "string"})
    (warning,) = _warnings(compiled, _api(make, hidden, plain, method), "write_back_unknown")
    assert "put takes phone unclassified" in warning.message and "refer to one schema" in warning.hint
    assert not _warnings(compiled, _api(make, hidden, hidden, method), "write_back_unknown")
    removed = _person(phone=_classified(strategy="remove"))
    assert not _warnings(compiled, _api(make, removed, plain, method), "write_back_unknown")


FORM, MULTIPART, MERGE = "application/x-www-form-urlencoded", "multipart/form-data", "application/merge-patch+json"


@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.a+json", FORM, MULTIPART])
def test_whatever_the_media_type_of_the_body(compiled, make, media_type):
    hidden = _person(("phone",), phone=_classified())
    (warning,) = _warnings(compiled, _api(make, hidden, hidden, "put", media_type))
    assert "callers of put must write phone, which they read masked" in warning.message
    plain = _person(phone={"type": "string"})
    (warning,) = _warnings(compiled, _api(make, hidden, plain, "put", media_type), "write_back_unknown")
    assert "put takes phone unclassified" in warning.message
    contract = _api(make, hidden, plain, "put", media_type)
    contract["paths"]["/a"]["put"]["requestBody"]["content"]["text/csv"] = {}
    contract["paths"]["/a"]["put"]["requestBody"]["content"]["a/a+json"] = {"schema": _person(name={})}
    found = _warnings(compiled, contract, "write_back_unknown")
    assert len(found) == 2, "the second and third media type are looked at, too"


@pytest.mark.parametrize(
    "form", ["own answer", "list", "wrapped list", "wrapped answer", "wrapped body", "wrapped both"]
)
def test_wherever_callers_read_the_document(compiled, make, form):
    hidden, plain = _person(phone=_classified()), _person(phone={"type": "string"})
    wrapped = _person(data=hidden, meta={"type": "string"})
    contract = _api(make, wrapped if form in ("wrapped answer", "wrapped both") else hidden, plain)
    get, put = (contract["paths"]["/a"][method] for method in ("get", "put"))
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    item = {"parameters": [parameter], "put": put}
    if form in ("wrapped body", "wrapped both"):
        put["requestBody"] = _body(_person(person=plain))
    if form == "own answer":
        contract["paths"] = {"/a": {"put": {**put, "responses": get["responses"]}}}
    elif form in ("list", "wrapped list"):
        people = {"type": "array", "items": hidden}
        answer = people if form == "list" else _person(items=people, total={"type": "integer"})
        get["responses"]["200"].update(_body(answer))
        contract["paths"] = {"/a": {"get": get}, "/a/{id}": item}
    (warning,) = _warnings(compiled, contract)
    place = "person.phone" if form in ("wrapped body", "wrapped both") else "phone"
    assert f"callers of put replace {place}, which they read masked" in warning.message
    (warning,) = _warnings(compiled, contract, "write_back_unknown")
    assert f"put takes {place} unclassified" in warning.message


def test_parts_in_lists_and_in_json_are_compared_as_well(compiled, make):
    hidden = _person(phones={"type": "array", "items": _classified()}, home=_person(phone=_classified("other")))
    (warning,) = _warnings(compiled, _api(make, hidden, hidden, "put", MULTIPART))
    assert "phones.*, home.phone" in warning.message and "unmask contact, other" in warning.hint


def test_a_body_that_nobody_reads_is_told_where_its_document_is_masked(compiled, make):
    hidden = _person(phone=_classified())
    (warning,) = _warnings(
        compiled, _api(make, hidden, {"type": "string"}, "put", "application/xml"), "write_back_unknown"
    )
    assert warning.pointer == "/paths/~1a/put/requestBody/content/application~1xml"
    assert "put takes application/xml, which is not read" in warning.message
    assert not _warnings(compiled, _api(make, hidden, {"type": "string"}, "put", "image/png"), "write_back_unknown")
    shown = _person(phone={"type": "string"})
    assert not _warnings(
        compiled, _api(make, shown, {"type": "string"}, "put", "application/xml"), "write_back_unknown"
    )


@pytest.mark.parametrize(("method", "media_type"), [("patch", MERGE), ("patch", "application/json"), ("post", FORM)])
def test_what_must_be_written_and_is_read_masked_is_told_of_any_method(compiled, make, method, media_type):
    hidden = _person(("phone",), phone=_classified())
    (warning,) = _warnings(compiled, _api(make, hidden, hidden, method, media_type))
    assert "callers of put must write phone" in warning.message
    if method == "patch":
        assert warning.hint == "require nothing of phone in the body, or unmask contact for who writes"


def test_what_can_be_written_is_not_told(compiled, make):
    person = _person(phone=_classified())
    open_person = _person(phone={"type": "string"})
    assert not _warnings(compiled, _api(make, person, _person(name={"type": "string"})))
    assert not _warnings(compiled, _api(make, open_person, open_person))
    assert not _warnings(compiled, _api(make, person, person, "patch", "application/merge-patch+json"))
    assert not _warnings(compiled, _api(make, person, person, "post"))


def test_a_request_alone_breaks_no_schema_of_answers(compiled, make):
    dated = _classified(format="date")
    contract = _api(make, _person(), _person(born=dated), "post")
    assert not [w for w in compiled(contract).warnings if w.code == "mask_breaks_schema"]


def test_a_mask_that_real_values_look_like_is_told(compiled, make):
    masking = {"strategy": "partial", "keep": "last-2", "maskChar": "0"}
    schema = {"type": "string", "x-data-classification": {"category": "contact", "masking": masking}}
    codes = [w.code for w in compiled(make.schema(_person(phone=schema))).warnings]
    assert "mask_looks_real" in codes
