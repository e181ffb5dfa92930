"""OpenAPI 3.2: what is new there is held, told as not enforced, or an error; nothing is ignored."""

from __future__ import annotations

import pytest


def test_the_query_method_and_a_contracts_own_methods_are_operations(sound, make):
    operation = {"security": [], "responses": {"204": {"description": ""}}}
    item = {
        "query": {"operationId": "find", **operation},
        "additionalOperations": {"COPY": {"operationId": "copy", **operation}},
    }
    document = sound(make.base("3.2.0", paths={"/a": item}))
    assert document["paths"][0]["operations"] == [["QUERY", 0], ["COPY", 1]]
    assert [o["method"] for o in document["operations"]] == ["QUERY", "COPY"]


@pytest.mark.parametrize("method", ["GET", "get", "CONNECT", "TRACE", "a b", ""])
def test_a_method_with_a_field_of_its_own_is_no_additional_one(codes, make, method):
    operation = {"operationId": "a", "security": [], "responses": {"204": {"description": ""}}}
    assert codes(make.base("3.2.0", paths={"/a": {"additionalOperations": {method: operation}}})) == ["method_refused"]


def test_what_a_gateway_has_nothing_to_do_with_is_accepted(sound, make):
    contract = {
        **make.base("3.2.0"),
        "$self": "https://a.example/api.yaml",
        "tags": [{"name": "a", "summary": "A", "parent": "b", "kind": "nav"}],
        "servers": [{"url": "https://a.example/v1", "name": "production"}],
    }
    contract["paths"]["/a"]["get"]["responses"]["204"]["summary"] = "Fine"
    assert sound(contract)["api"]["base_path"] == "/v1"


def test_media_types_are_shared_by_reference(sound, make):
    content = {"application/json": {"$ref": "#/components/mediaTypes/Name"}}
    contract = make.operation("3.2.0", requestBody={"content": content})
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    contract["components"] = {"mediaTypes": {"Name": {"schema": schema}}}
    assert "properties" in sound(contract)["schemas"][0]


def test_items_of_a_sequence_are_told_as_not_enforced(compiled, make):
    content = {"text/event-stream": {"itemSchema": {"type": "object"}}}
    result = compiled(make.operation("3.2.0", responses={"200": {"description": "", "content": content}}))
    assert "the itemSchema of text/event-stream" in {item["what"] for item in result.unenforced}


def test_classified_items_that_nobody_could_mask_are_an_error(codes, make):
    schema = {"type": "object", "properties": {"a": {"type": "string", "x-data-classification": {"category": "x"}}}}
    content = {"text/event-stream": {"itemSchema": schema}}
    responses = {"200": {"description": "", "content": content}}
    assert codes(make.operation("3.2.0", responses=responses)) == ["unreadable_classified"]


def test_a_default_mapping_leaves_the_choice_to_the_alternatives(compiled, make):
    discriminator = {"propertyName": "kind", "defaultMapping": "A"}
    schema = {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": discriminator}
    result = compiled(make.schema(schema, "3.2.0", A={"type": "object"}))
    assert not result.errors
    assert "a discriminator with defaultMapping" in {item["what"] for item in result.unenforced}


def test_device_authorization_is_a_bearer_token(sound, make):
    flows = {"deviceAuthorization": {"deviceAuthorizationUrl": "https://a", "tokenUrl": "https://b", "scopes": {}}}
    scheme = {"type": "oauth2", "flows": flows, "oauth2MetadataUrl": "https://a/m", "deprecated": False}
    contract = {**make.operation("3.2.0", security=[{"o": []}]), "components": {"securitySchemes": {"o": scheme}}}
    assert sound(contract)["schemes"] == [{"kind": "bearer", "name": "o", "issuer": None}]


def test_a_whole_query_string_as_one_value_cannot_be_enforced_yet(codes, make):
    content = {"application/json": {"schema": {"type": "object"}}}
    parameter = {"name": "q", "in": "querystring", "content": content}
    assert codes(make.operation("3.2.0", parameters=[parameter])) == ["not_enforceable_yet"]


def test_the_cookie_style_writes_cookies_as_forms_do(sound, make):
    parameter = {"name": "a", "in": "cookie", "style": "cookie", "schema": {"type": "string"}}
    (lowered,) = sound(make.operation("3.2.0", parameters=[parameter]))["operations"][0]["parameters"]
    assert lowered["style"] == "form"
