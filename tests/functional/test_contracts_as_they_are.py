"""Contracts as they are found, with `run`: Swagger 2.0 and an overlay in 1.1, a form with a file, two versions; OpenAPI
3.2, servers with variables, patterns that look ahead."""

from __future__ import annotations

import json

import pytest
from operated import Answer, Operated, Origin, ask

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1.0"},
    "host": "pets.example",
    "basePath": "/v1",
    "produces": ["application/json"],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "limit", "in": "query", "type": "integer", "maximum": 10}],
                "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/Pets"}}},
            },
            "post": {
                "operationId": "addPicture",
                "consumes": ["multipart/form-data"],
                "parameters": [
                    {"name": "title", "in": "formData", "type": "string", "required": True, "maxLength": 9},
                    {"name": "picture", "in": "formData", "type": "file"},
                ],
                "responses": {"200": {"description": ""}},
            },
        }
    },
    "definitions": {
        "Pets": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
}
OVERLAY = {
    "overlay": "1.1.0",
    "info": {"title": "Policy", "version": "1"},
    "actions": [
        {"target": "$", "update": {"security": []}},
        {"target": "$.paths['/pets'].get.parameters[0].maximum", "update": 50},
        {"target": "$.paths['/pets'].post.responses['200']", "copy": "$.paths['/pets'].get.responses['200']"},
    ],
}
FORM = "multipart/form-data; boundary=xyz"


def part(name: str, content: str, more: str = "") -> str:
    return f'--xyz\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


@pytest.fixture
def pets(fresh: Operated, origin: Origin) -> Operated:
    """A running gateway with the same contract as two versions."""
    (fresh.directory / "swagger.json").write_text(json.dumps(SWAGGER))
    (fresh.directory / "policy.json").write_text(json.dumps(OVERLAY))
    versions = [
        {"name": f"pets-{version}", "contract": "swagger.json", "overlays": ["policy.json"], "upstream": origin.url}
        | {"base_path": f"/{version}"}
        for version in ("v1", "v2")
    ]
    fresh.write_config(apis=versions)
    for version in ("v1", "v2"):
        body = json.dumps([{"name": version, "owner": "CANARY"}]).encode()
        origin.answers[f"/{version}/pets"] = (200, body)
    fresh.start()
    return fresh


def upload(site: Operated, *parts: str) -> Answer:
    body = ("".join(parts) + "--xyz--\r\n").encode()
    return ask(site.ready["traffic"], "POST", "/v1/pets", {"Content-Type": FORM}, body)


def test_swagger_an_overlay_an_upload_and_two_versions(pets: Operated, origin: Origin) -> None:
    for version in ("v1", "v2"):
        answer = pets.call("GET", f"/{version}/pets?limit=50")
        assert (answer.status, json.loads(answer.body)) == (200, [{"name": version}]), "the overlay allows 50"
        assert pets.call("GET", f"/{version}/pets?limit=51").reason == "parameter_invalid"
    assert pets.call("GET", "/v3/pets").reason == "unknown_operation"
    assert pets.call("GET", "/v1/pets", Host="elsewhere.example").status == 200, "hosts are not told apart"

    picture = part("picture", "PNG", '; filename="a.png"')
    stored = upload(pets, part("title", "Sea"), picture)
    assert stored.status == 200 and json.loads(stored.body) == [{"name": "v1"}], "the copied answer is projected"
    assert origin.saw is not None and origin.saw[0] == "/v1/pets" and b"PNG" in origin.saw[1]
    before = origin.calls
    for wrong in ((picture,), (part("title", "far too long"),), (part("title", "Sea"), part("more", "x"))):
        assert upload(pets, *wrong).reason == "body_invalid"
    assert origin.calls == before


MODERN = {
    "openapi": "3.2.0",
    "info": {"title": "Desk", "version": "1.0"},
    "servers": [
        {
            "url": "https://{region}.desk.example/{stage}",
            "variables": {"region": {"default": "eu"}, "stage": {"default": "v1"}},
        },
        {"url": "https://old.desk.example/{stage}", "variables": {"stage": {"default": "v1"}}},
    ],
    "security": [],
    "paths": {
        "/tickets": {
            "query": {
                "operationId": "searchTickets",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"$ref": "#/components/mediaTypes/Search"}},
                },
                "responses": {"204": {"description": ""}},
            },
            "additionalOperations": {"COPY": {"operationId": "copyTickets", "responses": {"204": {"description": ""}}}},
        }
    },
    "components": {"mediaTypes": {"Search": {"schema": {"type": "object", "properties": {}}}}},
}
# Of passwords, and of Pydantic's decimals.
PASSWORD = r"^(?=.*[0-9])(?!admin$).{8,64}$"
DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"


@pytest.fixture
def desk(fresh: Operated, origin: Origin) -> Operated:
    """A running gateway with a contract of OpenAPI 3.2, whose server has variables."""
    document = json.loads(json.dumps(MODERN))
    document["components"]["mediaTypes"]["Search"]["schema"]["properties"] = {
        "secret": {"type": "string", "pattern": PASSWORD},
        "price": {"type": "string", "pattern": DECIMAL},
    }
    (fresh.directory / "desk.json").write_text(json.dumps(document))
    fresh.write_config(apis=[{"name": "desk", "contract": "desk.json", "upstream": origin.url}])
    origin.answers["/v1/tickets"] = (204, b"")
    fresh.start()
    return fresh


def search(site: Operated, **members: str) -> Answer:
    headers = {"Content-Type": "application/json"}
    return ask(site.ready["traffic"], "QUERY", "/v1/tickets", headers, json.dumps(members).encode())


def test_openapi_3_2_has_methods_of_its_own_and_servers_with_variables(desk: Operated, origin: Origin) -> None:
    assert search(desk, price="1.50").status == 204
    assert desk.call("COPY", "/v1/tickets").status == 204
    assert origin.saw is not None and origin.saw[0] == "/v1/tickets"
    before = origin.calls
    assert desk.call("MOVE", "/v1/tickets").status in (404, 405)
    assert desk.call("COPY", "/tickets").reason == "unknown_operation", "the variables' defaults are the base path"
    assert search(desk, more="x").reason == "body_invalid", "the media type is the one under components"
    assert origin.calls == before


def test_look_aheads_of_patterns_hold(desk: Operated, origin: Origin) -> None:
    for good in ({"secret": "correct7horse"}, {"price": "-0.5"}, {"price": "+12"}):
        assert search(desk, **good).status == 204, good
    before = origin.calls
    for wrong in ({"secret": "correcthorse"}, {"secret": "a1"}, {"price": "-"}, {"price": "."}, {"price": "1e3"}):
        assert search(desk, **wrong).reason == "body_invalid", wrong
    assert origin.calls == before
