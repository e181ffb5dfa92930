"""Parameters: places, styles, shapes of their values."""

import re

import pytest

from firstclass.compiler import header_parameters


def _parameter(**rest):
    return {"name": "p", "in": "query", "schema": {"type": "string"}, **rest}


def _lowered(sound, make, *parameters, path="/a", version="3.1.0"):
    return sound(make.operation(version, path=path, parameters=list(parameters)))["operations"][0]["parameters"]


@pytest.mark.parametrize(
    ("place", "style", "explode"),
    [("query", "form", True), ("cookie", "form", True), ("header", "simple", False), ("path", "simple", False)],
)
def test_each_place_has_its_default_style(sound, make, place, style, explode):
    parameter = _parameter(**{"in": place, "required": place == "path"})
    (lowered,) = _lowered(sound, make, parameter, path="/{p}" if place == "path" else "/a")
    assert (lowered["in"], lowered["style"], lowered["explode"]) == (place, style, explode)


@pytest.mark.parametrize(
    ("place", "style", "type_", "word"),
    [
        ("path", "label", "string", "label"),
        ("path", "matrix", "array", "matrix"),
        ("query", "spaceDelimited", "array", "space_delimited"),
        ("query", "pipeDelimited", "array", "pipe_delimited"),
        ("query", "deepObject", "object", "deep_object"),
    ],
)
def test_every_style_of_the_standard_is_read(sound, make, place, style, type_, word):
    parameter = _parameter(**{"in": place, "style": style, "required": True, "schema": {"type": type_}})
    (lowered,) = _lowered(sound, make, parameter, path="/{p}" if place == "path" else "/a")
    assert (lowered["style"], lowered["explode"]) == (word, False)


def test_flags_of_query_parameters_are_kept(sound, make):
    (lowered,) = _lowered(
        sound, make, _parameter(allowReserved=True, allowEmptyValue=True, explode=False, required=True)
    )
    assert lowered["allow_reserved"] and lowered["allow_empty"] and lowered["required"] and not lowered["explode"]


def test_json_text_is_read_by_its_content(sound, make):
    (lowered,) = _lowered(
        sound, make, {"name": "p", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    )
    assert lowered["json"] and lowered["shape"] == {"scalar": ["string"]}


def test_parameters_of_the_path_are_replaced_by_those_of_the_operation(sound, make):
    contract = make.operation(parameters=[_parameter(schema={"type": "integer"})])
    contract["paths"]["/a"]["parameters"] = [
        _parameter(),
        _parameter(name="q"),
        _parameter(**{"in": "header", "name": "X-P"}),
    ]
    parameters = sound(contract)["operations"][0]["parameters"]
    assert [(p["name"], p["shape"]["scalar"]) for p in parameters] == [
        ("p", ["integer"]),
        ("q", ["string"]),
        ("x-p", ["string"]),
    ]


def test_owner_and_object_are_carried(sound, make):
    parameter = _parameter(**{"x-firstclass": {"object": "customer", "owner": "subject"}})
    contract = make.operation(parameters=[parameter], security=[{"b": []}])
    contract["components"] = {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}
    (lowered,) = sound(contract)["operations"][0]["parameters"]
    assert (lowered["owner"], lowered["object"]) == ("sub", "customer")


def test_headers_that_openapi_ignores_are_ignored_with_a_warning(compiled, make):
    result = compiled(make.operation(parameters=[_parameter(**{"in": "header", "name": "Authorization"})]))
    assert result.document["operations"][0]["parameters"] == []
    assert [w.code for w in result.warnings] == ["header_ignored"]


@pytest.mark.parametrize("name", ["X-Request-Id", "x-forwarded-for", "Host", "Range", "Accept-Encoding", "X-Shop-Key"])
def test_headers_that_the_gateway_writes_or_drops_are_no_parameters(compiled, make, name):
    contract = make.operation(parameters=[_parameter(**{"in": "header", "name": name})])
    schemes = {"k": {"type": "apiKey", "in": "header", "name": "x-shop-key"}}
    result = compiled({**contract, "components": {"securitySchemes": schemes}})
    assert result.document["operations"][0]["parameters"] == []
    assert [w.code for w in result.warnings] == ["header_ignored"]


def test_every_header_that_the_engine_refuses_as_a_parameter_is_told_before(bundle_folder):
    source = (bundle_folder.parent / "engine" / "framing" / "src" / "header.rs").read_text()
    listed = re.findall(r'\w+ "([^"]+)" (Framing|Credential|Injected),', source)
    assert len(listed) > 25
    known = (
        header_parameters.BY_THE_STANDARD
        | header_parameters.WRITTEN_HERE
        | header_parameters.OF_THE_CONNECTION
        | header_parameters.CREDENTIALS
    )
    assert known == {name.lower() for name, _ in listed} | {"accept", "content-type"}


@pytest.mark.parametrize(
    "form",
    [
        {"schema": {"type": "array", "items": {"type": "string"}}},
        {"schema": {"type": "object"}},
        {"schema": None, "content": {"application/json": {"schema": {"type": "string"}}}},
    ],
)
def test_what_is_no_single_id_has_no_owner(codes, make, form):
    parameter = _parameter(**form, **{"x-firstclass": {"owner": "subject"}})
    parameter = {name: value for name, value in parameter.items() if value is not None}
    contract = make.operation(parameters=[parameter], security=[{"b": []}])
    contract["components"] = {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}
    assert codes(contract) == ["owner_does_not_fit"]


def test_a_pattern_can_be_waived_on_the_parameter(compiled, make):
    schema = {"$ref": "#/components/schemas/S"}
    contract = make.operation(
        "3.0.3", parameters=[_parameter(schema=schema, **{"x-firstclass": {"pattern": "unchecked"}})]
    )
    contract["components"] = {"schemas": {"S": {"type": "string", "pattern": "(?<=a)"}}}
    result = compiled(contract)
    assert not result.errors and result.document["schemas"] == [{"types": ["string"], "max_length": 1024}]


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ({"in": "query", "schema": {}}, "missing_key"),
        ({"name": "p", "schema": {}}, "parameter_place_unknown"),
        (_parameter(**{"in": "qeury"}), "parameter_place_unknown"),
        (_parameter(**{"in": "body"}), "parameter_place_unknown"),
        ({"name": "p", "in": "query"}, "missing_key"),
        (_parameter(style="label"), "style_unknown"),
        (_parameter(style="deepObject"), "style_does_not_fit"),
        (_parameter(style="pipeDelimited"), "style_does_not_fit"),
        (_parameter(schema={"type": "array", "items": {"type": "object"}}), "style_does_not_fit"),
        (_parameter(schema={"type": "array", "items": {"type": "array"}}), "style_does_not_fit"),
        (_parameter(schema={"type": "object", "properties": {"a": {"type": "object"}}}), "style_does_not_fit"),
        (
            _parameter(explode=False, schema={"type": "object", "properties": {"a": {"type": "array"}}}),
            "style_does_not_fit",
        ),
        (
            _parameter(
                style="deepObject",
                schema={"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}}},
            ),
            "style_does_not_fit",
        ),
        (_parameter(**{"in": "cookie", "name": "s id;"}), "cookie_name_invalid"),
        (_parameter(**{"in": "cookie", "name": "é"}), "cookie_name_invalid"),
        (_parameter(**{"in": "header", "name": "s id;"}), "header_name_invalid"),
        (_parameter(content={"application/json": {"schema": {}}}), "parameter_invalid"),
        ({"name": "p", "in": "query", "content": {"text/csv": {"schema": {}}}}, "media_type_unreadable"),
        ({"name": "p", "in": "query", "content": {"application/json": {}}}, "missing_key"),
        (_parameter(explode="yes"), "wrong_type"),
        (_parameter(required="yes"), "wrong_type"),
        (_parameter(schema=3), "wrong_type"),
        (_parameter(schemas={}), "unknown_key"),
        (_parameter(**{"in": "header", "name": "X_P"}), "header_name_invalid"),
        (_parameter(**{"in": "header", "name": "Transfer-Encoding"}), "header_reserved"),
        (_parameter(**{"in": "header", "name": "Cookie"}), "header_reserved"),
        (_parameter(**{"x-firstclass": {"seal": True}}), "not_enforceable_yet"),
        (_parameter(**{"x-firstclass": {"rate": "1 per day by address"}}), "misplaced_keyword"),
        (_parameter(**{"x-firstclass": {"owner": "token"}}), "owner_invalid"),
        (_parameter(**{"x-firstclass": {"object": "a b"}}), "object_invalid"),
        (_parameter(**{"x-firstclass": {"pattern": "off"}}), "wrong_value"),
        (_parameter(**{"x-firstclass": []}), "wrong_type"),
        ("p", "wrong_type"),
    ],
)
def test_what_a_parameter_cannot_mean_is_an_error(codes, make, parameter, code):
    assert code in codes(make.operation(parameters=[parameter]))


def test_an_optional_path_parameter_is_an_error(codes, make):
    parameter = _parameter(**{"in": "path", "required": False})
    assert codes(make.operation(path="/{p}", parameters=[parameter])) == ["path_parameter_optional"]


def test_a_parameter_declared_twice_is_an_error(codes, make):
    assert codes(make.operation(parameters=[_parameter(), _parameter()])) == ["duplicate_parameter"]


def test_a_cookie_may_have_any_token_as_its_name(sound, make):
    (lowered,) = _lowered(sound, make, _parameter(**{"in": "cookie", "name": "_session.id"}))
    assert lowered["name"] == "_session.id"


def test_deep_objects_carry_objects_and_lists_and_exploded_ones_lists(sound, make):
    inner = {"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "integer"}}}}}
    listed = {"a": {"type": "array", "items": {"type": "string"}}, "c": {"type": ["object", "string"]}}
    _lowered(sound, make, _parameter(style="deepObject", schema={"type": "object", "properties": inner}))
    _lowered(sound, make, _parameter(schema={"type": "object", "properties": listed}))
