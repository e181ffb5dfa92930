"""The samples of a new overlay stand at places of the contract itself, and fit when they are put to use."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firstclass.app.beginning import begin_project
from firstclass.app.overlay_samples import PLACEHOLDER, plain, samples

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def contract(path: str, item: dict[str, Any], properties: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"paths": {path: item}, "components": {"schemas": {"Buyer": {"properties": properties or {}}}}}


@pytest.mark.parametrize(
    ("document", "target", "thing"),
    [
        (contract("/buyers/{id}", {"get": {"parameters": [{"in": "query"}, ID]}}), ".get.parameters[1]", "buyer"),
        (contract("/buyers/{id}", {"parameters": [ID]}), "['/buyers/{id}'].parameters[0]", "buyer"),
        (contract("/companies/{id}", {"parameters": [ID]}), "['/companies/{id}'].parameters[0]", "company"),
        (contract("/b/{id}", {"parameters": [{**ID, "name": "shopUserId"}]}), ".parameters[0]", "shopuser"),
        (
            contract("/buyers/{id}", {"parameters": [{"$ref": "#/components/parameters/Id"}]})
            | {"components": {"parameters": {"Id": ID}}},
            "$.components.parameters.Id",
            "buyer",
        ),
    ],
)
def test_an_id_is_one_of_the_contract(document: dict[str, Any], target: str, thing: str) -> None:
    text = samples(document)
    assert f"{target}\n  #   update: {{x-firstclass: {{object: {thing}, owner" in text
    assert "own:\n" in text and "customerId" not in text


@pytest.mark.parametrize("field", [{"mail": {"format": "email"}}, {"eMail": {"type": "string"}}])
def test_a_field_is_one_of_the_contract(field: dict[str, Any]) -> None:
    (name,) = field
    assert f"$.components.schemas.Buyer.properties.{name}\n" in samples(contract("/a", {}, field))


@pytest.mark.parametrize("document", [None, [], {"paths": [1]}, contract("/a", {"get": {"parameters": [1]}})])
def test_without_a_suitable_place_there_is_a_placeholder_that_says_so(document: Any) -> None:
    assert samples(document).count(PLACEHOLDER) == 2


def test_a_name_that_is_no_line_is_not_written() -> None:
    assert "/a\n" not in samples(contract("/a\n- x: {id}", {"parameters": [ID]}))


def test_the_values_of_nodes_are_plain() -> None:
    assert plain(("map", 1, 1, [("a", 1, 1, ("list", 1, 1, [("string", 1, 1, "b")]))])) == {"a": ["b"]}


def test_the_samples_that_init_writes_can_be_put_to_use(tmp_path: Path) -> None:
    from firstclass.app.checking import check_path

    person = {"type": "object", "properties": {"email": {"type": "string"}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Buyer"}}}
    get = {"operationId": "a", "parameters": [ID], "responses": {"200": {"description": "", "content": content}}}
    get["security"] = [{"who": []}]
    components = {"schemas": {"Buyer": person}, "securitySchemes": {"who": {"type": "http", "scheme": "bearer"}}}
    document = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": {"/buyers/{id}": {"get": get}}}
    (tmp_path / "a.json").write_text(json.dumps({**document, "components": components}))
    config = tmp_path / "firstclass.yaml"
    begun = begin_project(tmp_path / "a.json", "http://127.0.0.1:9", None, config)
    head, samples_, rest = begun.overlay.read_text().partition("  # An id that")
    begun.overlay.write_text(head + re.sub(r"(?m)^  # (?=- target|  update)", "  ", samples_ + rest))
    checked = check_path(config)
    assert checked.errors == [] and "id_without_owner" not in [harm.code for harm in checked.harms]
