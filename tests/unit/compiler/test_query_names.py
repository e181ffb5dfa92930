"""Names of a query that could be read in two ways."""

import pytest


def _object(name, style="form", **schema):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, **schema}
    return {"name": name, "in": "query", "style": style, "explode": True, "schema": schema}


def _plain(name, place="query"):
    return {"name": name, "in": place, "schema": {"type": "string"}}


FREE = {"additionalProperties": {"type": "string"}}


@pytest.mark.parametrize(
    "parameters",
    [
        [_object("o"), _plain("a")],
        [_plain("a"), _object("o")],
        [_object("o"), _object("p")],
        [_object("o", **FREE), _object("p", **FREE)],
        [_object("o", **FREE), _plain("b")],
        [_object("o", additionalProperties=True), _object("p", "deepObject")],
        [_object("o", "deepObject"), _plain("o[a]")],
        [_object("o", "deepObject"), _plain("o[zzz]")],
    ],
)
def test_two_readings_of_one_name_are_an_error(compiled, make, parameters):
    (error,) = {
        (error.code, error.line, bool(error.hint)) for error in compiled(make.operation(parameters=parameters)).errors
    }
    assert error == ("ambiguous_parameters", 1, True)


@pytest.mark.parametrize(
    "parameters",
    [
        [_object("o", **FREE)],
        [_object("o", **FREE), _plain("b", "header")],
        [_object("o"), _plain("b")],
        [_object("o", "deepObject"), _object("p", "deepObject", **FREE), _plain("a")],
        [_object("o") | {"explode": False}, _plain("a")],
    ],
)
def test_names_that_have_one_reading_compile(sound, make, parameters):
    assert len(sound(make.operation(parameters=parameters))["operations"][0]["parameters"]) == len(parameters)


def test_what_is_ambiguous_is_told_with_its_line(compiled, make):
    contract = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /a:
    get:
      operationId: getA
      security: []
      parameters:
        - {name: a, in: query, schema: {type: string}}
        - {name: o, in: query, schema: {type: object, properties: {a: {type: string}}}}
      responses: {"204": {description: Fine.}}
"""
    (error,) = compiled(contract).errors
    assert (error.line, error.column) == (11, 11) and "'a'" in error.message and "'o'" in error.message
