"""Answers that cannot be masked."""


def test_media_types_beside_json_and_alone(audit_of, make):
    whole = {"schema": {"$ref": "#/components/schemas/A"}}
    both = {"200": {"description": "", "content": {"application/json": whole, "application/xml": whole}}}
    paths = {
        "/both": {"get": {"responses": both}},
        "/xml": {"get": {"responses": make.answer({"$ref": "#/components/schemas/B"}, "application/xml")}},
        "/png": {"get": {"responses": {"200": {"description": "", "content": {"image/png": {}}}}}},
    }
    inner = make.things("x", b={"type": "array", "items": {"$ref": "#/components/schemas/C"}})
    found = audit_of(paths, schemas={"A": make.things("a"), "B": inner, "C": make.things("c")}).facts.unreadable
    assert list(found.beside) == [0] and len(found.beside[0]) == 1
    assert {node.pointer for node in found.alone if node.pointer.endswith("/c")} == {
        "/components/schemas/C/properties/c"
    }
