"""Bodies of several parts: the table by which the engine takes them apart."""

from __future__ import annotations


def _contract(make, schema, encoding=None, version="3.1.0", **components):
    media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
    contract = make.operation(version, requestBody={"content": {"multipart/form-data": media}})
    return {**contract, "components": {"schemas": components}}


def _parts(document):
    return {part["name"]: part for part in document["operations"][0]["body"]["media"][0]["kind"]["multipart"]["parts"]}


def test_each_property_is_a_part_with_its_content(sound, make):
    properties = {
        "title": {"type": "string"},
        "stars": {"type": ["integer", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3},
        "place": {"type": "object", "properties": {"x": {"type": "number"}}},
        "file": {"type": "string", "format": "binary", "maxLength": 9},
        "id": {"type": "string", "readOnly": True},
    }
    encoding = {"file": {"contentType": "image/png, Image/*"}}
    schema = {"type": "object", "required": ["title", "tags"], "properties": properties}
    parts = _parts(sound(_contract(make, schema, encoding)))
    assert list(parts) == ["title", "stars", "tags", "place", "file"]
    assert {name: (part["least"], part["most"]) for name, part in parts.items()} == {
        "title": (1, 1),
        "stars": (0, 1),
        "tags": (2, 3),
        "place": (0, 1),
        "file": (0, 1),
    }
    assert parts["stars"]["content"]["text"]["types"] == ["null", "integer"]
    assert set(parts["place"]["content"]) == {"json"}
    assert parts["file"]["types"] == ["image/png", "image/*"]
    assert parts["file"]["content"] == {"binary": {"max_bytes": 9}}


def test_parts_are_found_through_references_and_all_of(sound, make):
    more = {"properties": {"b": {"type": "string"}}, "required": ["b"]}
    base = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, more]}
    parts = _parts(sound(_contract(make, schema, Base=base)))
    assert {name: part["least"] for name, part in parts.items()} == {"a": 1, "b": 1}


def test_what_an_alternative_requires_is_not_required_and_is_told(compiled, make):
    properties = {"a": {"type": "string"}, "b": {"type": "string"}}
    schema = {"type": "object", "properties": properties, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    result = compiled(_contract(make, schema))
    assert [part["least"] for part in _parts(result.document).values()] == [0, 0]
    assert "oneOf of a multipart body" in {item["what"] for item in result.unenforced}


def test_headers_of_parts_are_told_as_not_enforced(compiled, make):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    result = compiled(_contract(make, schema, {"a": {"headers": {"X-A": {"schema": {"type": "string"}}}}}))
    assert [item["what"] for item in result.unenforced] == ["headers of a part"]


def test_another_multipart_type_is_refused_beside_one_that_is_read(compiled, make):
    content = {"multipart/mixed": {"schema": {}}, "application/json": {"schema": {"type": "object"}}}
    result = compiled(make.operation(requestBody={"content": content}))
    assert not result.errors and "media_type_refused" in [w.code for w in result.warnings]
    assert [m["media_type"] for m in result.document["operations"][0]["body"]["media"]] == ["application/json"]
