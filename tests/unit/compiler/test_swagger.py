"""Swagger 2.0 is read as it is; what is wrong is told at its own lines."""

from __future__ import annotations

import pytest

PETS = """swagger: "2.0"
info: {title: Pets, version: "1"}
host: pets.example
basePath: /v2/
produces: [application/json, "application/json;stream=watch"]
security: []
parameters:
  limit: {name: limit, in: query, type: integer, maximum: 10}
definitions:
  Pet: {type: object, properties: {name: {type: string, pattern: "(?<=a)b"}}}
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{$ref: "#/parameters/limit"}]
      responses: {"200": {description: Pets., schema: {$ref: "#/definitions/Pet"}}}
"""


def _swagger(**operation):
    whole = {"operationId": "a", "responses": {"204": {"description": ""}}, **operation}
    return {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "security": [], "paths": {"/a": {"post": whole}}}


def test_mistakes_are_told_where_they_stand_in_the_original(compiled):
    (error,) = compiled(PETS).errors
    assert (error.code, error.line, error.pointer) == (
        "pattern_not_enforceable",
        10,
        "/definitions/Pet/properties/name/pattern",
    )


def test_an_overlay_speaks_of_the_document_that_its_authors_wrote(sound):
    waiver = {"x-firstclass": {"pattern": "unchecked"}}
    action = {"target": "$.definitions.Pet.properties.name", "update": waiver}
    document = sound(PETS, {"overlay": "1.0.0", "actions": [action]})
    assert document["api"]["base_path"] == "/v2"
    assert document["operations"][0]["parameters"][0]["name"] == "limit"
    assert [m["media_type"] for m in document["operations"][0]["responses"][0]["media"]] == ["application/json"]


def test_what_init_writes_makes_a_contract_without_security_sound(sound):
    scheme = {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    update = {"security": [{"apiKey": []}], "components": {"securitySchemes": scheme}}
    contract = _swagger()
    del contract["security"]
    document = sound(contract, {"overlay": "1.0.0", "actions": [{"target": "$", "update": update}]})
    assert document["schemes"] == [{"kind": "key", "name": "apiKey", "header": "x-api-key"}]


@pytest.mark.parametrize(
    ("written", "style", "explode"),
    [
        (None, "form", False),
        ("csv", "form", False),
        ("multi", "form", True),
        ("ssv", "space_delimited", False),
        ("pipes", "pipe_delimited", False),
    ],
)
def test_a_collection_format_is_a_style(sound, written, style, explode):
    parameter = {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}}
    parameter |= {"collectionFormat": written} if written else {}
    (lowered,) = sound(_swagger(parameters=[parameter]))["operations"][0]["parameters"]
    assert (lowered["style"], lowered["explode"]) == (style, explode)


def test_form_fields_are_a_form_and_a_file_makes_it_multipart(sound):
    note = {"name": "note", "in": "formData", "type": "string"}
    file = {"name": "file", "in": "formData", "type": "file", "required": True}
    body = sound(_swagger(parameters=[note]))["operations"][0]["body"]
    assert [m["media_type"] for m in body["media"]] == ["application/x-www-form-urlencoded"] and not body["required"]
    body = sound(_swagger(parameters=[note, file]))["operations"][0]["body"]
    assert body["required"]
    parts = body["media"][0]["kind"]["multipart"]["parts"]
    assert [(part["name"], part["least"], next(iter(part["content"]))) for part in parts] == [
        ("note", 0, "text"),
        ("file", 1, "binary"),
    ]


def test_oauth2_flows_are_bearer_tokens(sound):
    flow = {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a", "tokenUrl": "https://b"}
    contract = {**_swagger(security=[{"o": ["read"]}]), "securityDefinitions": {"o": {**flow, "scopes": {"read": ""}}}}
    assert sound(contract)["schemes"] == [{"kind": "bearer", "name": "o", "issuer": None}]


@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (_swagger(parameters=[{"name": "a", "in": "query", "type": "array", "collectionFormat": "tsv"}]), None),
        (_swagger(parameters=[{"$ref": "#/parameters/nope"}]), "dangling_reference"),
        (_swagger(parameters=[{"$ref": "other.yaml#/a"}]), "not_enforceable_yet"),
        (_swagger(parametres=[]), "unknown_key"),
        ({**_swagger(), "definitons": {}}, "unknown_key"),
        (
            {**_swagger(security=[{"o": []}]), "securityDefinitions": {"o": {"type": "oauth2"}}},
            "security_scheme_invalid",
        ),
        ({**_swagger(security=[{"b": []}]), "securityDefinitions": {"b": {"type": "basic"}}}, None),
    ],
)
def test_what_swagger_cannot_mean_is_an_error(codes, contract, code):
    assert (code or "not_enforceable_yet") in codes(contract)
