"""Every place of a contract where a schema stands: the names in it are found."""

import pytest

AT = "https://shop.example/real"
DONE = {"description": ""}


def answer(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


NAMED = {"$anchor": "here", "type": "string"}
# Every place of a contract where a schema stands, one that is called like a keyword among them.
PLACES = {
    "the default response": {"get": {"responses": {"default": answer(NAMED)}}},
    "a response's header": {"get": {"responses": {"200": {**DONE, "headers": {"example": {"schema": NAMED}}}}}},
    "an operation's parameter": {"get": {"parameters": [{"name": "q", "in": "query", "schema": NAMED}]}},
    "a path's parameter": {"parameters": [{"name": "q", "in": "query", "schema": NAMED}]},
    "a parameter's content": {
        "get": {"parameters": [{"name": "q", "in": "query", "content": {"application/json": {"schema": NAMED}}}]}
    },
    "a callback": {
        "post": {"callbacks": {"default": {"{$url}": {"post": {"requestBody": {"content": answer(NAMED)["content"]}}}}}}
    },
    "a part's header": {
        "post": {
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {"type": "object", "properties": {"default": {"type": "string"}}},
                        "encoding": {"default": {"headers": {"X-A": {"schema": NAMED}}}},
                    }
                }
            }
        }
    },
}
COMPONENTS = {
    "a response that is called schema": {"responses": {"schema": answer(NAMED)}},
    "a parameter that is called schemas": {"parameters": {"schemas": {"name": "q", "in": "query", "schema": NAMED}}},
    "a header that is called const": {"headers": {"const": {"schema": NAMED}}},
    "a body that is called enum": {"requestBodies": {"enum": {"content": answer(NAMED)["content"]}}},
    "a path": {"pathItems": {"default": {"get": {"responses": {"200": answer(NAMED)}}}}},
    "a callback": {"callbacks": {"example": {"{$url}": {"post": {"responses": {"200": answer(NAMED)}}}}}},
}


class TestWhatIsASchema:
    """Its names are found, wherever OpenAPI lets a schema stand."""

    @pytest.mark.parametrize("place", PLACES)
    def test_an_anchor_is_found_in_every_place_of_a_path(self, sound, make, place):
        whole = make.schema({"$ref": "#here"})
        base = {"operationId": "other", "security": [], "responses": {"204": DONE}}
        path = PLACES[place]
        whole["paths"]["/other"] = {k: {**base, **v} if k in ("get", "post") else v for k, v in path.items()}
        whole["paths"]["/other"].setdefault("get", {**base, "operationId": "more"})
        operation = next(o for o in sound(whole)["operations"] if o["id"] == "getA")
        (media,) = operation["body"]["media"]
        assert sound(whole)["schemas"][media["kind"]["json"]["schema"]] == {"types": ["string"]}

    @pytest.mark.parametrize("place", COMPONENTS)
    def test_an_anchor_is_found_in_every_component(self, sound, make, place):
        whole = make.schema({"$ref": "#here"})
        whole["components"].update(COMPONENTS[place])
        assert sound(whole)["schemas"] == [{"types": ["string"]}]

    def test_an_anchor_is_found_in_a_webhook(self, sound, make):
        whole = make.schema({"$ref": "#here"})
        whole["webhooks"] = {"default": {"post": {"responses": {"200": answer(NAMED)}}}}
        assert sound(whole)["schemas"] == [{"types": ["string"]}]

    def test_a_schema_in_a_file_of_paths_has_its_own_names(self, sound, make):
        schema = {"$id": "https://shop.example/own", "$ref": "#/$defs/a", "$defs": {"a": NAMED}}
        response = answer({"allOf": [schema, {"$ref": "https://shop.example/own#here"}]})
        item = {"get": {"operationId": "x", "description": "D", "security": [], "responses": {"200": response}}}
        document = sound(make.base(paths={"/a": {"$ref": "paths.json"}}), files={"paths.json": item})
        assert {"types": ["string"]} in document["schemas"]

    def test_shared_parts_are_found_at_any_depth_of_their_file(self, sound, make):
        shared = {"shapes": {"small": {"Real": {"$id": AT, "type": "string"}, "User": {"$ref": AT}}}}
        whole = make.schema({"$ref": "shared.json#/shapes/small/User"})
        assert sound(whole, files={"shared.json": shared})["schemas"] == [{"types": ["string"]}]
