"""What is harmful in JSON is harmful in a form, whichever way it is sent: each rule about bodies looks at the fields of
both kinds of forms, too."""

import pytest

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
ALL = pytest.mark.parametrize("media_type", [JSON, FORM, MULTIPART])
TEXT = {"type": "string", "maxLength": 50}


@ALL
def test_a_sign_in(audit_of, make, media_type):
    body = make.takes(make.things("email", "password"), media_type)
    audited = audit_of({"/login": {"post": {"security": [], "requestBody": body}}})
    assert audited.one("sign_in_unlimited").message.startswith("POST /login takes a password")


@ALL
def test_a_right_that_may_be_written(audit_of, make, media_type):
    audited = audit_of({"/items": {"post": {"requestBody": make.takes(make.things("name", "isAdmin"), media_type)}}})
    assert audited.one("privilege_writable").message.startswith("callers may write isAdmin")
    audited.mended("privilege_writable")


@ALL
def test_an_id_beside_that_of_the_path(audit_of, make, media_type):
    number = {"name": "userId", "in": "path", "required": True, "schema": {"type": "integer"}}
    number["x-firstclass"] = {"object": "user", "owner": "token.sub"}
    body = make.takes({"type": "object", "properties": {"id": {"type": "integer"}, "name": TEXT}}, media_type)
    put = {"security": [{"people": []}], "parameters": [number], "requestBody": body}
    audited = audit_of({"/users/{userId}": {"put": put}})
    assert audited.one("id_writable").message.startswith("callers may write id beside {userId}")
    audited.mended("id_writable")


@ALL
def test_an_owner_that_may_be_left_out(audit_of, make, media_type):
    owned = {**TEXT, "x-firstclass": {"object": "user", "owner": "token.sub"}}
    body = make.takes({"type": "object", "properties": {"user": owned, "name": TEXT}}, media_type)
    audited = audit_of({"/orders": {"post": {"security": [{"people": []}], "requestBody": body}}})
    assert audited.one("owner_optional").message.startswith("the property user has an owner and may be left out")
    audited.mended("owner_optional")


@ALL
def test_a_list_without_an_end(audit_of, make, media_type):
    schema = {"type": "object", "properties": {"tags": {"type": "array", "items": TEXT}}}
    audited = audit_of({"/a": {"post": {"requestBody": make.takes(schema, media_type)}}})
    assert audited.one("list_unbounded").message.startswith("the list tags has no maxItems")
    audited.mended("list_unbounded")


@ALL
def test_a_text_without_an_end(audit_of, make, media_type):
    audited = audit_of(
        {
            "/a": {
                "post": {
                    "requestBody": make.takes({"type": "object", "properties": {"t": {"type": "string"}}}, media_type)
                }
            }
        }
    )
    audited.one("text_unbounded")
    audited.mended("text_unbounded")


def test_a_file_without_an_end(audit_of, make):
    schema = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "name": TEXT}}
    audited = audit_of({"/a": {"post": {"requestBody": make.takes(schema, MULTIPART)}}})
    assert audited.one("upload_unbounded").message.startswith("the file file has no largest length")
    audited.mended("upload_unbounded")


def test_fields_of_a_form_of_swagger(audit_of):
    fields = [
        {"name": "photo", "in": "formData", "type": "file"},
        {"name": "isAdmin", "in": "formData", "type": "string", "maxLength": 5},
    ]
    post = {"operationId": "a", "parameters": fields, "responses": {"204": {"description": ""}}}
    whole = {"swagger": "2.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"post": post}}}
    key = {"securityDefinitions": {"k": {"type": "apiKey", "in": "header", "name": "X-K"}}, "security": [{"k": []}]}
    audited = audit_of({**whole, **key})
    for code in ("privilege_writable", "upload_unbounded"):
        audited.one(code)
        audited.mended(code)
