"""A contract in Swagger 2.0 with an overlay in 1.1, a form with a file, and two versions beside each other: `run`."""

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
